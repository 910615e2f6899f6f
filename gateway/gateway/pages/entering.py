"""Going in: the session's cookie, and the page that was wanted."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gateway.routing import safe_next
from gateway.web import Visitor

HOME = {"patient": "/me/", "staff": "/staff"}


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
