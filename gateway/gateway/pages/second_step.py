"""The second step of signing in: a code, or first the set-up that a practice wants of its staff.

Between password and session a cookie holds the challenge, with what the page has to offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.i18n import N_
from gateway.qr import qr_code
from gateway.routing import anyone, safe_next
from gateway.web import Visitor
from portico_contracts import identity

from .entering import device, enter, keep, welcome_here

CHALLENGE_COOKIE = "portico-challenge"
CHALLENGE_SECONDS = 10 * 60
WAYS = ("app", "text", "recovery")
LONGEST_CODE = 40
WRONG_CODE = N_("That code is wrong, too old, or was used before. Type a new one.")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the cookie says: the secret, and what the page may offer."""

    secret: str
    ways: tuple[str, ...]
    hint: str

    @classmethod
    def of(cls, visitor: Visitor) -> Challenge | None:
        """The challenge that this browser was given, if any."""
        secret, _, rest = visitor.request.cookies.get(CHALLENGE_COOKIE, "").partition(".")
        ways, _, hint = rest.partition(".")
        if not (20 <= len(secret) <= 100 and secret.isascii()):
            return None
        return cls(secret, tuple(w for w in WAYS if w in ways.split("-")), hint[:2])


def typed_code(visitor: Visitor) -> str:
    """What was typed as a code, of any kind."""
    return visitor.form.get("code", "").strip()[:LONGEST_CODE]


def due(visitor: Visitor, refusal: identity.SecondFactorNeeded) -> Response:
    """The password was right: on to the second step."""
    facts = refusal.facts
    hint = (facts.get("mobile_hint") or "")[-2:]
    kept = f"{facts['challenge']}.{'-'.join(facts['ways'])}.{hint}"
    wanted = safe_next(visitor.form.get("next"), otherwise="")
    page = "/sign-in/set-up" if facts["set_up"] else "/sign-in/code"
    response = visitor.go(page + (f"?{urlencode({'next': wanted})}" if wanted else ""))
    visitor.house.cookies.keep(response, CHALLENGE_COOKIE, kept, seconds=CHALLENGE_SECONDS)
    return response


async def ask_code(visitor: Visitor) -> Response:
    """Type the code."""
    challenge = Challenge.of(visitor)
    if challenge is None or not challenge.ways:
        return visitor.go("/sign-in")
    return _code_page(visitor, challenge)


async def take_code(visitor: Visitor) -> Response:
    """The second step, and in."""
    challenge = Challenge.of(visitor)
    if challenge is None:
        return _start_again(visitor)
    code = typed_code(visitor)
    if not code:
        visitor.wrong("code", "Enter your code")
        return _code_page(visitor, challenge, status=422)
    try:
        session = await visitor.ask(
            identity.FinishSignIn(
                challenge=challenge.secret,
                way=_way(visitor, challenge),  # type: ignore[arg-type]
                code=code,
                address=visitor.address,
                device=device(visitor),
            )
        )
    except identity.WrongCode:
        visitor.wrong("code", WRONG_CODE)
        return _code_page(visitor, challenge, status=422)
    except identity.ChallengeEnded:
        return _start_again(visitor)
    return _in(visitor, session)


def _in(visitor: Visitor, session: dict[str, Any]) -> Response:
    few = visitor.form.get("way") == "recovery"
    done = None
    if few:
        done = "recovery-used" if session["recovery_codes_left"] > 2 else "recovery-low"
    response = enter(visitor, session, wanted=visitor.form.get("next"), done=done)
    visitor.house.cookies.drop(response, CHALLENGE_COOKIE)
    return response


async def text_code(visitor: Visitor) -> Response:
    """Send a code by text."""
    challenge = Challenge.of(visitor)
    if challenge is None:
        return _start_again(visitor)
    try:
        await visitor.ask(identity.TextSignInCode(challenge=challenge.secret))
    except (identity.ChallengeEnded, identity.NowhereToText):
        return _start_again(visitor)
    wanted = safe_next(visitor.form.get("next"), otherwise="")
    onward = urlencode({"way": "text", "next": wanted})
    return visitor.go(f"/sign-in/code?{onward}", done="code-sent")


# --- required of staff: set up before anything else -------------------------------------------


async def ask_set_up(visitor: Visitor) -> Response:
    """Why it is wanted, and how to begin."""
    if Challenge.of(visitor) is None:
        return visitor.go("/sign-in")
    return visitor.render("door/second_factor.html")


async def begin_set_up(visitor: Visitor) -> Response:
    """The key for the app."""
    challenge = Challenge.of(visitor)
    if challenge is None:
        return _start_again(visitor)
    try:
        started = await visitor.ask(identity.StartFactorAtSignIn(challenge=challenge.secret))
    except identity.ChallengeEnded:
        return _start_again(visitor)
    return _confirm_page(visitor, started["address"], started["key"])


async def finish_set_up(visitor: Visitor) -> Response:
    """The first code, the recovery codes, and in."""
    challenge = Challenge.of(visitor)
    if challenge is None:
        return _start_again(visitor)
    asked = identity.FinishFactorAtSignIn(
        challenge=challenge.secret,
        code=typed_code(visitor) or "-",
        address=visitor.address,
        device=device(visitor),
    )
    try:
        session = await visitor.ask(asked)
    except identity.WrongCode:
        visitor.wrong("code", WRONG_CODE)
        given = (visitor.form.get("address", ""), visitor.form.get("key", ""))
        return _confirm_page(visitor, *given, status=422)
    except (identity.ChallengeEnded, identity.NothingToConfirm):
        return _start_again(visitor)
    await welcome_here(visitor, session)
    response = visitor.render(
        "account/recovery_codes.html", codes=session["recovery_codes"], back="/staff"
    )
    keep(visitor, response, session)
    visitor.house.cookies.drop(response, CHALLENGE_COOKIE)
    return response


def _confirm_page(visitor: Visitor, address: str, key: str, *, status: int = 200) -> Response:
    shown = {"address": address[:500], "key": key[:64], "factor": "app", "mobile_hint": None}
    return visitor.render(
        "account/factor_confirm.html",
        status_code=status,
        started=shown,
        qr=qr_code(shown["address"]),
        action="/sign-in/set-up/confirm",
        root="/sign-in/set-up",
    )


def _code_page(visitor: Visitor, challenge: Challenge, *, status: int = 200) -> Response:
    return visitor.render(
        "door/sign_in_code.html",
        status_code=status,
        way=_way(visitor, challenge),
        ways=challenge.ways,
        hint=challenge.hint,
        next=safe_next((visitor.form or visitor.query).get("next"), otherwise=""),
    )


def _way(visitor: Visitor, challenge: Challenge) -> str:
    wanted = (visitor.form or visitor.query).get("way", "")
    return wanted if wanted in challenge.ways else (challenge.ways or ("recovery",))[0]


def _start_again(visitor: Visitor) -> Response:
    """The ten minutes are over, or the challenge was used: back to the password, and why."""
    response = visitor.go("/sign-in", done="sign-in-again")
    visitor.house.cookies.drop(response, CHALLENGE_COOKIE)
    return response


ROUTES = [
    anyone("/sign-in/code", ask_code, take_code),
    anyone("/sign-in/code/text", None, text_code),
    anyone("/sign-in/set-up", ask_set_up, begin_set_up),
    anyone("/sign-in/set-up/confirm", ask_set_up, finish_set_up),
]
