"""Routes to pages: who may open each is said where it stands, and checked in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from gateway.i18n import N_
from gateway.sessions import csrf_holds
from gateway.web import LARGEST_FORM, UNSWAPPED, House, Visitor, know_visitor
from portico_contracts.refusal import (
    BadRequest,
    NotAllowed,
    NotFound,
    Refusal,
    ServiceFailed,
    SignInNeeded,
)
from portico_kit.logs import log, where

Handler = Callable[[Visitor], Awaitable[Response]]
STALE_FORM = N_("This form is too old. Go back, load the page again, and try once more.")


class FormExpired(Refusal):
    """A form came without its secret, or with that of another session."""

    status = 403


class TooLarge(Refusal):
    """More was sent than a form can hold."""

    status = 413


@dataclass(frozen=True, slots=True)
class Audience:
    """Who a route is for: ``anyone``, ``patient``, or ``staff`` with one of these roles."""

    kind: str
    roles: tuple[str, ...] = ()

    def admits(self, visitor: Visitor) -> bool:
        """Whether this visitor belongs here."""
        if self.kind == "anyone":
            return True
        session = visitor.session
        if session is None or session.kind != self.kind:
            return False
        return not self.roles or not set(self.roles).isdisjoint(session.roles)


ANYONE = Audience("anyone")
PATIENT = Audience("patient")


def anyone(path: str, get: Handler | None = None, post: Handler | None = None) -> Route:
    """A page for everybody, signed in or not."""
    return _route(path, ANYONE, get, post)


def patient(
    path: str,
    get: Handler | None = None,
    post: Handler | None = None,
    *,
    here: str = "",
    by_itself: bool = False,
) -> Route:
    """A page of a patient's record, under ``/{who}``; ``by_itself`` for what open pages ask."""
    return _route("/{who:who}" + path, PATIENT, get, post, here=here, by_itself=by_itself)


def account(path: str, get: Handler | None = None, post: Handler | None = None) -> Route:
    """A page about the patient's own account, whoever's record is open."""
    return _route(path, PATIENT, get, post, here="account")


def staff(
    path: str,
    get: Handler | None = None,
    post: Handler | None = None,
    *,
    roles: tuple[str, ...] = (),
    here: str = "",
    by_itself: bool = False,
) -> Route:
    """A page for staff, of these roles where any are named; ``by_itself`` as for patients."""
    audience = Audience("staff", roles)
    return _route("/staff" + path, audience, get, post, here=here, by_itself=by_itself)


def _route(
    path: str,
    audience: Audience,
    get: Handler | None,
    post: Handler | None,
    *,
    here: str = "",
    by_itself: bool = False,
) -> Route:
    handlers = {method: h for method, h in (("GET", get), ("POST", post)) if h}

    async def answer(request: Request) -> Response:
        house: House = request.app.state.house
        visitor = Visitor(house, request, who=request.path_params.get("who", "me"), here=here)
        handler = handlers["GET" if request.method == "HEAD" else request.method]
        try:
            return await _serve(visitor, audience, handler, active=not by_itself)
        except SignInNeeded:
            return _sign_in(visitor)
        except Refusal as refusal:
            return _refuse(visitor, refusal)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except HTTPException:
            raise
        except Exception as problem:
            facts = {"reference": visitor.reference, "route": path}
            log.error("page.failed", error=type(problem).__name__, where=where(problem), **facts)
            return visitor.refuse(ServiceFailed(reference=visitor.reference))

    route = Route(path, answer, methods=list(handlers))
    route.audience = audience  # type: ignore[attr-defined]
    route.by_itself = by_itself  # type: ignore[attr-defined]
    return route


def _refuse(visitor: Visitor, refusal: Refusal) -> Response:
    told = STALE_FORM if isinstance(refusal, FormExpired) else ""
    return visitor.refuse(refusal, told=told)


async def _serve(
    visitor: Visitor, audience: Audience, handler: Handler, *, active: bool
) -> Response:
    await _open_session(visitor, needed=audience.kind != "anyone", active=active)
    know_visitor(visitor)
    if not audience.admits(visitor):
        # A page that is not for them does not exist for them.
        raise NotFound if visitor.session and visitor.session.kind != audience.kind else NotAllowed
    if visitor.request.method == "POST":
        await _read_form(visitor)
    return await handler(visitor)


async def _open_session(visitor: Visitor, *, needed: bool, active: bool) -> None:
    house, request = visitor.house, visitor.request
    secret = house.cookies.session_of(request)
    if secret is None:
        if needed:
            raise SignInNeeded
        return
    try:
        visitor.session = await house.sessions.open(
            secret, who=visitor.who, reference=visitor.reference, active=active
        )
    except SignInNeeded:
        if needed:
            raise


async def _read_form(visitor: Visitor) -> None:
    request = visitor.request
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        raise BadRequest("a form was expected")
    if int(request.headers.get("content-length") or 0) > LARGEST_FORM:
        raise TooLarge
    _bound(request)
    try:
        form = await request.form(max_files=5, max_fields=300)
    except (UnicodeDecodeError, ValueError):
        raise BadRequest("the form cannot be read") from None
    # Browsers send a line's end as two characters, and count it as one against a field's limit.
    pairs = [(k, v.replace("\r\n", "\n")) for k, v in form.multi_items() if isinstance(v, str)]
    visitor.form = dict(pairs)
    visitor.lists = {k: [v for n, v in pairs if n == k] for k in visitor.form}
    if visitor.fresh_visitor or not csrf_holds(visitor.secret, visitor.form.get("csrf", "")):
        raise FormExpired


def _bound(request: Request) -> None:
    """Stop reading a body that is larger than its header said."""
    inner, received = request._receive, 0

    async def bounded() -> Message:
        nonlocal received
        message = await inner()
        received += len(message.get("body", b""))
        if received > LARGEST_FORM:
            raise TooLarge
        return message

    request._receive = bounded


def _sign_in(visitor: Visitor) -> Response:
    request = visitor.request
    wanted = request.url.path if request.method == "GET" else ""
    if request.url.query and wanted:
        wanted += f"?{request.url.query}"
    if visitor.is_stream:
        # Refused, so that the page asks again less and less often, and not for ever at once.
        return Response(status_code=401, headers=UNSWAPPED)
    if visitor.is_fragment:
        return Response(status_code=204, headers={"HX-Redirect": "/signed-out"})
    query = f"?{urlencode({'next': wanted}, quote_via=quote)}" if wanted else ""
    return visitor.go(f"/sign-in{query}")


def safe_next(path: str | None, *, otherwise: str) -> str:
    """Where to go after sign-in: a path of our own, never another site."""
    if not path or len(path) > 500 or not path.startswith("/"):
        return otherwise
    if path.startswith(("//", "/\\")) or any(ord(c) < 33 or c == "\\" for c in path):
        return otherwise
    return path
