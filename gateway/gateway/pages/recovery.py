"""Getting back in: by a link for who forgot the password, by a code for who lost more."""

from __future__ import annotations

from starlette.responses import Response

from gateway.i18n import N_
from gateway.routing import anyone
from gateway.web import Visitor
from portico_contracts import identity

from .entering import LONGEST_LOGIN, birth_date, say_why_weak, typed_birth_date

CLAIM_COOKIE = "portico-recovery"
CLAIM_SECONDS = 30 * 60
REFUSED = N_("These do not fit together. Check what you typed, or call us.")


# --- by a link --------------------------------------------------------------------------------


async def ask_login(visitor: Visitor) -> Response:
    """One field, which holds what was typed before."""
    return visitor.render("door/forgot.html", form=_form(visitor))


async def send_link(visitor: Visitor) -> Response:
    """The same answer whether or not anyone has this login."""
    login = visitor.form.get("login", "").strip()
    if not login:
        visitor.wrong("login", N_("Enter your email or mobile number"))
        return visitor.render("door/forgot.html", status_code=422, form=_form(visitor))
    await visitor.ask(identity.AskForLink(login=login[:LONGEST_LOGIN], address=visitor.address))
    return visitor.go("/forgot/sent")


async def sent(visitor: Visitor) -> Response:
    """What to do now."""
    return visitor.render("door/forgot_sent.html")


async def open_link(visitor: Visitor) -> Response:
    """A field for the new password. It only looks: mail scanners open links before people do."""
    try:
        found = await visitor.ask(identity.OpenLink(link=_token(visitor)))
    except identity.RecoveryEnded:
        return _ended(visitor)
    return _password_page(visitor, action=_here(visitor), login=found["login"])


async def use_link(visitor: Visitor) -> Response:
    """Choose the new password."""
    try:
        return await _choose(visitor, _token(visitor))
    except identity.RecoveryEnded:
        return _ended(visitor)
    except identity.WeakPassword as refusal:
        say_why_weak(visitor, refusal)
        return _password_page(visitor, action=_here(visitor), login=_login(visitor), status=422)


# --- by a code from the practice --------------------------------------------------------------


async def ask_code(visitor: Visitor) -> Response:
    """What one signs in with, the code, and the birth date."""
    return visitor.render("door/recover.html", form=_form(visitor))


async def prove(visitor: Visitor) -> Response:
    """Check all three; one answer for all that can be wrong."""
    form = _form(visitor)
    born, typed = birth_date(form), any(typed_birth_date(visitor).values())
    if not form["login"]:
        visitor.wrong("login", N_("Enter your email or mobile number"))
    if not form["code"]:
        visitor.wrong("code", N_("Enter your code"))
    if typed and born is None:
        visitor.wrong("birth_date", N_("Enter your birth date, like 3 4 1968"))
    if visitor.errors:
        return visitor.render("door/recover.html", status_code=422, form=form)
    asked = identity.OpenRecoveryCode(
        login=form["login"], code=form["code"], birth_date=born, address=visitor.address
    )
    try:
        opened = await visitor.ask(asked)
    except identity.RefusedRecovery:
        visitor.wrong("login", REFUSED)
        return visitor.render("door/recover.html", status_code=422, form=form)
    response = _password_page(visitor, action="/recover/password", login=form["login"])
    visitor.house.cookies.keep(response, CLAIM_COOKIE, opened["claim"], seconds=CLAIM_SECONDS)
    return response


async def use_code(visitor: Visitor) -> Response:
    """Choose the new password."""
    claim = visitor.request.cookies.get(CLAIM_COOKIE, "")[:100]
    try:
        response = await _choose(visitor, claim or "-")
    except identity.RecoveryEnded:
        response = visitor.go("/recover", done="recover-again")
    except identity.WeakPassword as refusal:
        say_why_weak(visitor, refusal)
        action, login = "/recover/password", _login(visitor)
        return _password_page(visitor, action=action, login=login, status=422)
    visitor.house.cookies.drop(response, CLAIM_COOKIE)
    return response


async def _choose(visitor: Visitor, secret: str) -> Response:
    """On to the sign-in page, which asks for the second step where one is on."""
    password = visitor.form.get("password", "")[:1000] or " "
    await visitor.ask(
        identity.ChooseNewPassword(secret=secret, password=password, address=visitor.address)
    )
    return visitor.go("/sign-in", done="password-chosen" if _joins(visitor) else "password-changed")


def _password_page(visitor: Visitor, *, action: str, login: str, status: int = 200) -> Response:
    page = "door/recover_password.html"
    joining = _joins(visitor)
    return visitor.render(page, status_code=status, action=action, login=login, joining=joining)


def _ended(visitor: Visitor) -> Response:
    return visitor.render("door/recover_ended.html", status_code=410, joining=_joins(visitor))


def _form(visitor: Visitor) -> dict[str, str]:
    code = visitor.form.get("code", "").strip()[:40]
    return {"login": _login(visitor), "code": code, **typed_birth_date(visitor)}


def _login(visitor: Visitor) -> str:
    return visitor.form.get("login", "").strip()[:LONGEST_LOGIN]


def _token(visitor: Visitor) -> str:
    return visitor.path["token"][:100]


def _joins(visitor: Visitor) -> bool:
    """Whether it is the link of a new colleague, who has no password yet."""
    return visitor.request.url.path.startswith("/join/")


def _here(visitor: Visitor) -> str:
    return f"{'/join' if _joins(visitor) else '/recover/link'}/{_token(visitor)}"


ROUTES = [
    anyone("/forgot", ask_login, ask_login),
    anyone("/forgot/link", ask_login, send_link),
    anyone("/forgot/sent", sent),
    anyone("/recover", ask_code, prove),
    anyone("/recover/password", ask_code, use_code),
    anyone("/recover/link/{token}", open_link, use_link),
    anyone("/join/{token}", open_link, use_link),
]
