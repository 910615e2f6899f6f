"""Settings, how I sign in: another password, for patients and for staff."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from gateway.routing import account, staff
from gateway.web import Visitor
from portico_contracts import identity

from .entering import say_why_weak
from .second_factors import WRONG_PASSWORD, base_of, settings_page

TEMPLATE = "account/password.html"
LONGEST = 1000


async def ask(visitor: Visitor) -> Response:
    """The password that is, and the one that shall be."""
    return await settings_page(visitor, TEMPLATE)


async def change(visitor: Visitor) -> Response:
    """Changed; all other devices are signed out."""
    given, wanted = (visitor.form.get(n, "")[:LONGEST] for n in ("password", "new_password"))
    try:
        await visitor.ask(
            identity.ChangePassword(password=given or " ", new_password=wanted or " ")
        )
    except identity.WrongPassword:
        visitor.wrong("password", WRONG_PASSWORD)
    except identity.WeakPassword as refusal:
        say_why_weak(visitor, refusal, field="new_password")
    else:
        return visitor.go(base_of(visitor), done="password-new")
    return await settings_page(visitor, TEMPLATE, status=422)


PATH = "/account/sign-in/password"
ROUTES: list[Route] = [account(PATH, ask, change), staff(PATH, ask, change, here="account")]
