"""Routes to pages: who may open each is said where it stands, and checked in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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


class FormExpired(Refusal):
    """A form came without its secret, or with one of another session."""

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
    path: str, get: Handler | None = None, post: Handler | None = None, *, here: str = ""
) -> Route:
    """A page of a patient's record, under ``/{who}``."""
    return _route("/{who:who}" + path, PATIENT, get, post, here=here)


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
) -> Route:
    """A page for staff, of these roles where any are named."""
    return _route("/staff" + path, Audience("staff", roles), get, post, here=here)


def _route(
    path: str, audience: Audience, get: Handler | None, post: Handler | None, *, here: str = ""
) -> Route:
    handlers = {"GET": get, "POST": post}
    methods = [m for m, h in handlers.items() if h]

    async def answer(request: Request) -> Response:
        house: House = request.app.state.house
        visitor = Visitor(house, request, who=request.path_params.get("who", "me"), here=here)
        method = "GET" if request.method == "HEAD" else request.method
        handler = handlers[method]
        assert handler is not None
        try:
            return await _serve(visitor, audience, handler)
        except SignInNeeded:
            return _sign_in(visitor)
        except Refusal as refusal:
            return visitor.refuse(refusal)
        except HTTPException:
            raise
        except Exception as problem:
            facts = {"reference": visitor.reference, "route": path}
            log.error("page.failed", error=type(problem).__name__, where=where(problem), **facts)
            return visitor.refuse(ServiceFailed(reference=visitor.reference))

    route = Route(path, answer, methods=methods)
    route.audience = audience  # type: ignore[attr-defined]
    return route


async def _serve(visitor: Visitor, audience: Audience, handler: Handler) -> Response:
    await _open_session(visitor, needed=audience.kind != "anyone")
    know_visitor(visitor)
    if not audience.admits(visitor):
        # A page that is not for them does not exist for them.
        raise NotFound if visitor.session and visitor.session.kind != audience.kind else NotAllowed
    if visitor.request.method == "POST":
        await _read_form(visitor)
    return await handler(visitor)


async def _open_session(visitor: Visitor, *, needed: bool) -> None:
    house, request = visitor.house, visitor.request
    secret = house.cookies.session_of(request)
    if secret is None:
        if needed:
            raise SignInNeeded
        return
    active = request.headers.get("hx-trigger-name") != "poll" and "live" not in request.url.path
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
    received = 0

    async def bounded() -> Any:
        nonlocal received
        message = await inner()
        received += len(message.get("body", b""))
        if received > LARGEST_FORM:
            raise TooLarge
        return message

    inner, request._receive = request._receive, bounded
    try:
        form = await request.form(max_files=5, max_fields=300)
    except (UnicodeDecodeError, ValueError):
        raise BadRequest("the form cannot be read") from None
    pairs = [(k, v) for k, v in form.multi_items() if not isinstance(v, UploadFile)]
    visitor.form = {k: str(v) for k, v in pairs}
    visitor.lists = {k: [str(v) for n, v in pairs if n == k] for k in visitor.form}
    given = visitor.form.get("csrf") or request.headers.get("x-csrf", "")
    if visitor.fresh_visitor or not csrf_holds(visitor.secret, given):
        raise FormExpired


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
    return visitor.go(f"/sign-in?{urlencode({'next': wanted}, quote_via=quote)}" if wanted else
                      "/sign-in")  # fmt: skip


def safe_next(path: str | None, *, otherwise: str) -> str:
    """Where to go after sign-in: a path of our own, never another site."""
    if not path or len(path) > 500 or not path.startswith("/"):
        return otherwise
    if path.startswith(("//", "/\\")) or any(ord(c) < 33 or c == "\\" for c in path):
        return otherwise
    return path
