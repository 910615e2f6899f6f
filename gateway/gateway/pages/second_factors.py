"""Settings, how I sign in: second factors and recovery codes, for patients and for staff."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from gateway.i18n import N_
from gateway.qr import qr_code
from gateway.routing import account, staff
from gateway.web import Visitor
from portico_contracts import identity

from .second_step import WAYS, WRONG_CODE, typed_code
from .staff.shell import with_menu

WRONG_PASSWORD = N_("That is not your password. Please try again.")
REQUIRED = N_("Your practice asks for this, so it stays on. You can add another one first.")
FACTORS = ("app", "text")


def base_of(visitor: Visitor) -> str:
    """Where these pages begin for this kind of account."""
    patient = visitor.session is not None and visitor.session.kind == "patient"
    return "/account/sign-in" if patient else "/staff/account/sign-in"


async def show(visitor: Visitor) -> Response:
    """What is on, and what can be turned on."""
    [found] = await visitor.ask_all(identity.ShowSecondFactors())
    return await settings_page(visitor, "account/sign_in.html", factors=found)


async def ask_start(visitor: Visitor) -> Response:
    """Begin a set-up: the password first."""
    found = await visitor.ask(identity.ShowSecondFactors())
    if found[f"{_factor(visitor)}_since"]:
        return visitor.go(base_of(visitor))
    return await settings_page(visitor, "account/factor_start.html", factor=_factor(visitor))


async def start(visitor: Visitor) -> Response:
    """The key for the app, or a code by text."""
    factor = _factor(visitor)
    asked = identity.StartSecondFactor(
        factor=factor,  # type: ignore[arg-type]
        password=visitor.form.get("password", "")[:1000] or " ",
    )
    try:
        started = await visitor.ask(asked)
    except identity.WrongPassword:
        visitor.wrong("password", WRONG_PASSWORD)
        page = "account/factor_start.html"
        return await settings_page(visitor, page, status=422, factor=factor)
    except (identity.FactorStands, identity.NowhereToText):
        return visitor.go(base_of(visitor))
    return await _confirm_page(visitor, started)


async def confirm(visitor: Visitor) -> Response:
    """The first code turns it on; the first factor brings the recovery codes."""
    factor = _factor(visitor)
    asked = identity.ConfirmSecondFactor(factor=factor, code=typed_code(visitor) or "-")  # type: ignore[arg-type]
    try:
        found = await visitor.ask(asked)
    except identity.WrongCode:
        visitor.wrong("code", WRONG_CODE)
        names = ("address", "key", "mobile_hint")
        given = {name: visitor.form.get(name, "")[:500] for name in names}
        return await _confirm_page(visitor, {"factor": factor, **given}, status=422)
    except identity.NothingToConfirm:
        return visitor.go(f"{base_of(visitor)}/set-up?factor={factor}")
    if not found["codes"]:
        return visitor.go(base_of(visitor), done="factor-on")
    return await _codes_page(visitor, found["codes"])


async def ask_codes(visitor: Visitor) -> Response:
    """New recovery codes: password and a code first."""
    return await _proof_page(visitor, "codes")


async def renew_codes(visitor: Visitor) -> Response:
    """Ten new ones, shown this once."""
    password, way, code = _proof(visitor)
    asked = identity.RenewRecoveryCodes(password=password, way=way, code=code)  # type: ignore[arg-type]
    found = await _proven(visitor, asked)
    if found is None:
        return await _proof_page(visitor, "codes", status=422)
    return await _codes_page(visitor, found["codes"])


async def ask_off(visitor: Visitor) -> Response:
    """Turn one off: password and a code first."""
    return await _proof_page(visitor, "off")


async def turn_off(visitor: Visitor) -> Response:
    """It is off."""
    password, way, code = _proof(visitor)
    asked = identity.RemoveSecondFactor(
        factor=_factor(visitor),  # type: ignore[arg-type]
        password=password,
        way=way,  # type: ignore[arg-type]
        code=code,
    )
    if await _proven(visitor, asked) is None:
        return await _proof_page(visitor, "off", status=422)
    return visitor.go(base_of(visitor), done="factor-off")


async def text_me(visitor: Visitor) -> Response:
    """Send a code by text, to change something with."""
    await visitor.ask(identity.TextMeACode())
    page = "codes" if visitor.form.get("page") == "codes" else f"off?factor={_factor(visitor)}"
    return visitor.go(f"{base_of(visitor)}/{page}", done="code-sent")


async def _proven(visitor: Visitor, asked: Any) -> Any:
    """The reply; None where the proof is wrong, which the form then says."""
    try:
        return await visitor.ask(asked)
    except identity.WrongPassword:
        visitor.wrong("password", WRONG_PASSWORD)
    except identity.WrongCode:
        visitor.wrong("code", WRONG_CODE)
    except identity.FactorRequired:
        visitor.wrong("", REQUIRED)
    return None


async def _proof_page(visitor: Visitor, what: str, *, status: int = 200) -> Response:
    found = await visitor.ask(identity.ShowSecondFactors())
    ways = [w for w, on in (("app", found["app_since"]), ("text", found["text_since"])) if on]
    if not ways:
        return visitor.go(base_of(visitor))
    return await settings_page(
        visitor,
        "account/factor_proof.html",
        status=status,
        what=what,
        factor=_factor(visitor),
        ways=[*ways, "recovery"],
        way=visitor.form.get("way") or ways[0],
    )


async def _confirm_page(
    visitor: Visitor, started: dict[str, Any], *, status: int = 200
) -> Response:
    return await settings_page(
        visitor,
        "account/factor_confirm.html",
        status=status,
        started=started,
        qr=qr_code(started["address"] or ""),
        action=f"{base_of(visitor)}/confirm",
    )


async def _codes_page(visitor: Visitor, codes: list[str]) -> Response:
    back = base_of(visitor)
    return await settings_page(visitor, "account/recovery_codes.html", codes=codes, back=back)


async def settings_page(
    visitor: Visitor, template: str, *, status: int = 200, **shown: Any
) -> Response:
    """A page in the shell of patients or of staff, whose menu shows how much there is to do."""
    if visitor.session is not None and visitor.session.kind == "staff":
        await with_menu(visitor)
    return visitor.render(template, status_code=status, root=base_of(visitor), **shown)


def _factor(visitor: Visitor) -> str:
    wanted = (visitor.form or visitor.query).get("factor", "")
    return wanted if wanted in FACTORS else "app"


def _proof(visitor: Visitor) -> tuple[str, str, str]:
    way = visitor.form.get("way", "")
    password = visitor.form.get("password", "")[:1000] or " "
    return password, way if way in WAYS else "app", typed_code(visitor) or "-"


Handler = Callable[[Visitor], Awaitable[Response]]
PAGES: list[tuple[str, Handler | None, Handler | None]] = [
    ("", show, None),
    ("/set-up", ask_start, start),
    ("/confirm", ask_start, confirm),
    ("/codes", ask_codes, renew_codes),
    ("/off", ask_off, turn_off),
    ("/text", None, text_me),
]
ROUTES: list[Route] = [
    *(account(f"/account/sign-in{path}", get, post) for path, get, post in PAGES),
    *(staff(f"/account/sign-in{path}", get, post, here="account") for path, get, post in PAGES),
]
