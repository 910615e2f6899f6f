"""Going in: the session's cookie, the page that was wanted, and what is typed on the way there."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from gateway.i18n import N_
from gateway.routing import safe_next
from gateway.web import Visitor
from portico_contracts.identity import WeakPassword

HOME = {"patient": "/me/", "staff": "/staff"}
LONGEST_LOGIN = 254
WEAK = {
    "short": N_("Use at least 15 characters. Three or four words together work well."),
    "long": N_("This is too long. Use at most 200 characters."),
    "common": N_("Many people use this password. Please choose another."),
    "guessable": N_("This is easy to guess from your name or login. Please choose another."),
}


def enter(
    visitor: Visitor, session: dict[str, Any], *, wanted: str | None, done: str | None = None
) -> Response:
    """On to the page that was wanted, or the first page of this kind of account."""
    home = HOME[session["kind"]]
    path = safe_next(wanted, otherwise=home)
    if path == "/" or path.startswith("/staff") != (session["kind"] == "staff"):
        path = home
    response = visitor.go(path, done=done)
    keep(visitor, response, session)
    return response


async def welcome_here(visitor: Visitor, session: dict[str, Any]) -> None:
    """Render the answer to this very request as to somebody who is signed in."""
    visitor.session = await visitor.house.sessions.open(
        session["session"], who="me", reference=visitor.reference
    )
    visitor.secret = visitor.session.secret
    visitor.fresh_visitor = False


def keep(visitor: Visitor, response: Response, session: dict[str, Any]) -> None:
    """Set the session's cookie."""
    cookies = visitor.house.cookies
    # A session cookie: it goes with the browser window, and its secret is new at every sign-in.
    cookies.keep(response, cookies.session, session["session"], seconds=None)
    cookies.drop(response, cookies.visitor)


def device(visitor: Visitor) -> str:
    """The browser's own words for itself."""
    return visitor.request.headers.get("user-agent", "")[:300]


def typed_birth_date(visitor: Visitor) -> dict[str, str]:
    """The three boxes of a birth date, as typed."""
    parts = ("month", "day", "year")
    return {part: visitor.form.get(f"birth_{part}", "").strip()[:4] for part in parts}


def birth_date(typed: dict[str, str]) -> date | None:
    """What the three boxes mean; None where they mean no day."""
    try:
        return date(int(typed["year"]), int(typed["month"]), int(typed["day"]))
    except ValueError:
        return None


def say_why_weak(visitor: Visitor, refusal: WeakPassword, *, field: str = "password") -> None:
    """Say beside the field which rule a new password breaks."""
    visitor.wrong(field, WEAK.get(refusal.facts.get("reason", ""), WEAK["short"]))
