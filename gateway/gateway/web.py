"""One request to a page: who asks, for whom, in which language; ask services, render, redirect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway import i18n
from gateway.clients.services import Asking, Services
from gateway.config import Config
from gateway.done import FLASHES
from gateway.sessions import Cookies, Session, Sessions, csrf_token, new_visitor
from gateway.templating import initials_of, page_context, render
from portico_contracts.refusal import Refusal, ServiceFailed, Unavailable
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.logs import log

LARGEST_FORM = 256 * 1024
TRY_AGAIN = "5"  # seconds
LANGUAGE_COOKIE = "language"
UNSWAPPED = {"HX-Reswap": "none"}
NO_WORK: dict[str, Any] = {"q": "", "counts": None, "to_release": None}


@dataclass(frozen=True, slots=True)
class House:
    """What the whole gateway shares."""

    config: Config
    services: Services
    sessions: Sessions
    cookies: Cookies

    @property
    def practice(self) -> dict[str, Any]:
        """What every page shows of the practice."""
        name = self.config.practice_name
        short = name.removesuffix(" Family Health")
        return {
            "name": name,
            "short_name": short,
            "line": "Family Health" if short != name else "",
            "zone": self.config.practice_zone,
            "phones": {"main": self.config.practice_phone, "nurse": self.config.nurse_phone},
        }


@dataclass(slots=True)
class Visitor:
    """The person behind one request, and all that a page handler works with."""

    house: House
    request: Request
    session: Session | None = None
    who: str = "me"
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    reference: str = field(default_factory=lambda: new_id().hex[-12:])
    here: str = ""
    secret: str = ""
    fresh_visitor: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    work: dict[str, Any] = field(default_factory=lambda: dict(NO_WORK))
    errors: list[dict[str, str]] = field(default_factory=list)
    conflict: str | None = None
    got: int = 0
    missed: int = 0

    @property
    def lang(self) -> str:
        """Account, then cookie, then browser."""
        own = self.session.opened["person"]["language"] if self.session else None
        cookie = self.request.cookies.get(LANGUAGE_COOKIE)
        return i18n.choose([own, cookie, self.request.headers.get("accept-language")])

    @property
    def query(self) -> Mapping[str, str]:
        """The address's parameters."""
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, str]:
        """The route's parameters."""
        return self.request.path_params

    @property
    def base(self) -> str:
        """Where this record's pages begin."""
        return f"/{self.who}"

    @property
    def home(self) -> str:
        """Where this visitor begins."""
        if self.session is None:
            return "/"
        return "/staff" if self.session.kind == "staff" else "/me/"

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def is_stream(self) -> bool:
        """Whether an open page asks for its stream of news."""
        return self.request.url.path.endswith("/live")

    @property
    def address(self) -> str:
        """Where the request comes from, for throttling."""
        return self.request.client.host if self.request.client else ""

    @property
    def asking(self) -> Asking:
        """On whose word requests are made; a form's hidden key makes a second post harmless."""
        token = self.session.token if self.session else None
        return Asking(token, self.form.get("idempotency_key") or None, self.reference)

    async def ask(self, request: Any) -> Any:
        """A service's reply. Raises its refusal."""
        reply = await self.house.services.ask(request, self.asking)
        self.got += 1
        return reply

    async def ask_beside(self, request: Any) -> None:
        """A second write of one post, for which the form's key does not stand.

        What the post was for does not fail with it.
        """
        try:
            await self.house.services.ask(request, replace(self.asking, key=None))
        except (Unavailable, ServiceFailed) as problem:
            log.warning("page.part_missing", code=problem.code, reference=self.reference)

    async def ask_all(self, *requests: Any) -> list[Any]:
        """Several services at once; None in the place of one that does not answer."""
        return list(await asyncio.gather(*(self._ask_or_none(r) for r in requests)))

    async def _ask_or_none(self, request: Any) -> Any:
        try:
            return await self.ask(request)
        except (Unavailable, ServiceFailed) as problem:
            log.warning("page.part_missing", code=problem.code, reference=self.reference)
            self.missed += 1
            return None

    @property
    def is_empty(self) -> bool:
        """Whether nothing that the page was to show could be had."""
        return self.missed > 0 and self.got == 0

    def render(
        self,
        template: str,
        *,
        block: str | None = None,
        status_code: int = 200,
        **context: Any,
    ) -> Response:
        """A page, or the named part of it. One with nothing to show says 503 with what it is."""
        empty = self.is_empty and status_code == 200 and not self.is_fragment
        if empty:
            status_code = 503
        html = render(template, page=self.page(), block=block, **context)
        response = HTMLResponse(
            html, status_code=status_code, headers={"Vary": "HX-Request, Cookie, Accept-Language"}
        )
        if empty:
            response.headers["Retry-After"] = TRY_AGAIN
        if self.fresh_visitor:
            cookies = self.house.cookies
            cookies.keep(response, cookies.visitor, self.secret, seconds=86_400)
        return response

    def page(self) -> dict[str, Any]:
        """The context that every template expects."""
        session, staff = self.session, self.session is not None and self.session.kind == "staff"
        return page_context(
            practice=self.house.practice,
            now=now(),
            lang=self.lang,
            path=self.request.url.path,
            here=self.here,
            who=self.who,
            person=self._person() if session and not staff else None,
            people=[{"who": "me", **self._person()}] if session and not staff else [],
            counts=self.counts,
            csrf=csrf_token(self.secret) if self.secret else "",
            idempotency_key=self.form.get("idempotency_key") or new_id().hex,
            session=self._session_view(),
            flash=_flash(self.query.get("done"), self.lang),
            errors=self.errors,
            conflict=self.conflict,
            staff={**self._person(), "staff_id": session.account_id,
                   "roles": list(session.roles), **self.work} if session and staff else None,
        )  # fmt: skip

    def _session_view(self) -> dict[str, Any] | None:
        if self.session is None:
            return None
        return {
            "seconds_left": self.session.seconds_left(),
            "ends_at": self.session.opened["idle_ends_at"],
        }

    def _person(self) -> dict[str, Any]:
        assert self.session is not None
        person = self.session.opened["person"]
        first, last = person["first_name"], person["last_name"]
        return {
            "first_name": first,
            "name": f"{first} {last}",
            "initials": initials_of(f"{first} {last}"),
            "relation": None,
        }

    def told(self, sentence: str, **values: object) -> str:
        """A marked sentence in this visitor's language."""
        return i18n.translate(self.lang, sentence, **values)

    def wrong(self, field: str, sentence: str) -> None:
        """Say beside a field of the form what is wrong with it."""
        self.errors.append({"field": field, "text": self.told(sentence)})

    def go(self, path: str, *, done: str | None = None) -> Response:
        """After a post: the next page, which may say what was done."""
        if done:
            path += ("&" if "?" in path else "?") + f"done={quote(done)}"
        return RedirectResponse(path, status_code=303)

    def error(
        self,
        status: int,
        *,
        reference: str | None = None,
        seconds: int | None = None,
        told: str = "",
    ) -> Response:
        """An error page; it needs no service. It takes the whole page, whatever was asked for."""
        if self.is_stream:
            return Response(status_code=status, headers=UNSWAPPED)
        response = self.render(
            "door/error.html",
            status_code=status,
            status=status,
            reference=reference or self.reference,
            seconds=seconds,
            back=self.home,
            message=self.told(told) if told else None,
        )
        if self.is_fragment:
            response.headers |= {"HX-Retarget": "body", "HX-Reswap": "innerHTML"}
        return response

    def refuse(self, refusal: Refusal, *, told: str = "") -> Response:
        """The error page of a refusal: what to do now, a phone number, a reference.

        ``told`` is a marked sentence that says more than the page's usual one.
        """
        status = refusal.status
        if status >= 500:
            log.error("page.failed", code=refusal.code, reference=self.reference, status=status)
        reference = refusal.facts.get("reference", self.reference)
        seconds = refusal.facts.get("seconds")
        response = self.error(status, reference=reference, seconds=seconds, told=told)
        if status in (429, 503):
            response.headers["Retry-After"] = str(refusal.facts.get("seconds", TRY_AGAIN))
        return response


def know_visitor(visitor: Visitor) -> None:
    """Give the forms of this page a secret to be checked by: the session's, or a visitor's."""
    if visitor.session is not None:
        visitor.secret = visitor.session.secret
        return
    known = visitor.request.cookies.get(visitor.house.cookies.visitor, "")
    visitor.secret = known if 20 <= len(known) <= 100 else new_visitor()
    visitor.fresh_visitor = visitor.secret != known


def _flash(code: str | None, lang: str) -> dict[str, str] | None:
    known = FLASHES.get(code or "")
    return {k: i18n.translate(lang, v) if v else "" for k, v in known.items()} if known else None
