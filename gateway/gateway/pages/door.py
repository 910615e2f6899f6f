"""Before sign-in: the door, setting up an account, help, and the links out of mail and texts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import PlainTextResponse, Response

from gateway.routing import anyone, safe_next
from gateway.sessions import seconds_until_end
from gateway.web import Visitor
from portico_contracts import identity
from portico_contracts.notifications import PLACES, StopMail
from portico_contracts.refusal import NotFound, SignInNeeded

from . import second_step
from .entering import (
    HOME,
    LONGEST_LOGIN,
    birth_date,
    device,
    enter,
    keep,
    say_why_weak,
    typed_birth_date,
    welcome_here,
)

CLAIM_COOKIE = "portico-set-up"
CLAIM_SECONDS = 30 * 60


async def welcome(visitor: Visitor) -> Response:
    """Who is signed in goes on to their first page; everyone else signs in."""
    return visitor.go(HOME[visitor.session.kind] if visitor.session else "/sign-in")


# --- signing in -------------------------------------------------------------------------------


async def ask_login(visitor: Visitor) -> Response:
    """One field: e-mail or mobile number."""
    return _sign_in(visitor, "sign_in")


async def take_login(visitor: Visitor) -> Response:
    """The same answer whether or not anyone has this login."""
    if not visitor.form.get("login", "").strip():
        visitor.wrong("login", "Enter your email or mobile number")
        return _sign_in(visitor, "sign_in", status=422)
    return _sign_in(visitor, "sign_in_password")


async def sign_in(visitor: Visitor) -> Response:
    """Check the password, begin a session under a new secret."""
    login, password = visitor.form.get("login", "").strip(), visitor.form.get("password", "")
    if not login or not password:
        visitor.wrong("password", "Enter your password")
        return _sign_in(visitor, "sign_in_password", status=422)
    asked = identity.SignIn(
        login=login[:LONGEST_LOGIN],
        password=password[:1000],
        address=visitor.address,
        device=device(visitor),
    )
    try:
        session = await visitor.ask(asked)
    except identity.RefusedSignIn:
        visitor.wrong("password", "The login and password do not match. Please try again.")
        return _sign_in(visitor, "sign_in_password", status=422)
    except identity.TooManyTries as refusal:
        return visitor.refuse(refusal)
    except identity.SecondFactorNeeded as refusal:
        return second_step.due(visitor, refusal)
    return enter(visitor, session, wanted=visitor.form.get("next"))


async def sign_out(visitor: Visitor) -> Response:
    """End the session everywhere, and leave nothing in the browser."""
    if visitor.session is not None:
        await visitor.ask(identity.SignOut(session=visitor.session.secret))
        visitor.house.sessions.forget(visitor.session.secret)
    response = visitor.go("/signed-out?why=chosen")
    visitor.house.cookies.drop(response, visitor.house.cookies.session)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


async def signed_out(visitor: Visitor) -> Response:
    """By choice, by time, or because the session was ended from elsewhere."""
    wanted = visitor.query.get("why", "time")
    why = wanted if wanted in ("chosen", "time", "ended") else "time"
    return visitor.render("door/signed_out.html", why=why)


async def extend(visitor: Visitor) -> Response:
    """Stay signed in; answers for how many seconds."""
    if visitor.session is None:
        return Response(status_code=401)
    try:
        ends = await visitor.ask(identity.ExtendSession(session=visitor.session.secret))
    except SignInNeeded:
        return Response(status_code=401)
    visitor.house.sessions.forget(visitor.session.secret)
    return PlainTextResponse(str(seconds_until_end(ends)))


# --- setting up -------------------------------------------------------------------------------


async def ask_code(visitor: Visitor) -> Response:
    """Code and birth date; the link out of the mail has filled the code in."""
    form = {"code": visitor.query.get("code", "")[:100], "month": "", "day": "", "year": ""}
    return visitor.render("door/set_up.html", form=form)


async def prove(visitor: Visitor) -> Response:
    """Check code and birth date; one answer for all that can be wrong."""
    form = {
        "code": visitor.form.get("code", "").strip()[:100],
        **typed_birth_date(visitor),
    }
    born = birth_date(form)
    if not form["code"]:
        visitor.wrong("code", "Enter your code")
    if born is None:
        visitor.wrong("birth_date", "Enter your birth date, like 3 4 1968")
    if born is None or visitor.errors:
        return visitor.render("door/set_up.html", status_code=422, form=form)
    asked = identity.OpenInvitation(code=form["code"], birth_date=born, address=visitor.address)
    try:
        opened = await visitor.ask(asked)
    except identity.RefusedProof:
        visitor.wrong("code", "The code and birth date do not match. Check them, or call us.")
        return visitor.render("door/set_up.html", status_code=422, form=form)
    form = {"login": ""}
    response = visitor.render("door/set_up_contact.html", invitation=opened, form=form)
    cookies = visitor.house.cookies
    cookies.keep(response, CLAIM_COOKIE, opened["claim"], seconds=CLAIM_SECONDS)
    return response


async def choose_login(visitor: Visitor) -> Response:
    """How to sign in from now on."""
    login = visitor.form.get("login", "").strip()[:LONGEST_LOGIN]
    if not login:
        return visitor.go("/set-up")
    return visitor.render("door/set_up_password.html", form={"login": login})


async def choose_password(visitor: Visitor) -> Response:
    """Make the account and go in."""
    login = visitor.form.get("login", "").strip()[:LONGEST_LOGIN]
    claim = visitor.request.cookies.get(CLAIM_COOKIE, "")
    if not claim or not login:
        return visitor.go("/set-up")
    try:
        session = await visitor.ask(_acceptance(visitor, claim=claim, login=login))
    except identity.ClaimEnded:
        return visitor.go("/set-up")
    except identity.WeakPassword as refusal:
        say_why_weak(visitor, refusal)
        form = {"login": login}
        return visitor.render("door/set_up_password.html", status_code=422, form=form)
    except identity.RefusedLogin:
        visitor.wrong("login", "Enter an email or mobile number that nobody else uses here")
        page = {"form": {"login": login}, "invitation": None}
        return visitor.render("door/set_up_contact.html", status_code=422, **page)
    return await _done(visitor, session)


def _acceptance(visitor: Visitor, *, claim: str, login: str) -> identity.AcceptInvitation:
    return identity.AcceptInvitation(
        claim=claim[:100],
        login=login,
        password=visitor.form.get("password", "")[:1000] or " ",
        address=visitor.address,
        device=device(visitor),
    )


async def _done(visitor: Visitor, session: dict[str, Any]) -> Response:
    await welcome_here(visitor, session)
    assert visitor.session is not None
    name = visitor.session.opened["person"]["first_name"]
    response = visitor.render("door/set_up_done.html", first_name=name)
    keep(visitor, response, session)
    visitor.house.cookies.drop(response, CLAIM_COOKIE)
    return response


# --- open to everyone -------------------------------------------------------------------------


async def go(visitor: Visitor) -> Response:
    """The one button of a mail or text: sign in, then the right page."""
    known = PLACES.get(visitor.path["place"])
    if known is None:
        raise NotFound
    thing: UUID | None = visitor.path.get("id")  # type: ignore[assignment]
    return visitor.go(known[1].replace("{id}", str(thing)) if thing else known[0])


async def ask_stop(visitor: Visitor) -> Response:
    """Stop the mail that is not needed: one press, since mail scanners follow links."""
    return visitor.render("door/stop_mail.html", token=visitor.path["token"], stopped=False)


async def stop(visitor: Visitor) -> Response:
    """Stopped, for good."""
    await visitor.ask(StopMail(token=visitor.path["token"][:200]))
    return visitor.render("door/stop_mail.html", token="", stopped=True)


def plain(template: str) -> Any:
    """A page that only says something."""

    async def show(visitor: Visitor) -> Response:
        return visitor.render(template)

    return show


def _sign_in(visitor: Visitor, page: str, *, status: int = 200) -> Response:
    given = visitor.form or visitor.query
    form = {
        "login": given.get("login", "")[:LONGEST_LOGIN],
        "next": safe_next(given.get("next"), otherwise=""),
    }
    return visitor.render(f"door/{page}.html", status_code=status, form=form)


ROUTES = [
    anyone("/", welcome),
    anyone("/sign-in", ask_login, take_login),
    anyone("/sign-in/password", ask_login, sign_in),
    anyone("/sign-out", None, sign_out),
    anyone("/signed-out", signed_out),
    anyone("/session/extend", None, extend),
    anyone("/set-up", ask_code, prove),
    anyone("/set-up/contact", ask_code, choose_login),
    anyone("/set-up/password", ask_code, choose_password),
    anyone("/go/stop/{token}", ask_stop, stop),
    anyone("/go/{place}", go),
    anyone("/go/{place}/{id:uuid}", go),
    anyone("/help", plain("door/help.html")),
    anyone("/privacy", plain("door/privacy.html")),
    anyone("/accessibility", plain("door/accessibility.html")),
    anyone("/offline", plain("door/offline.html")),
]
