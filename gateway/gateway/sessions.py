"""Who is at the door: the session cookie, and the short token that identity gives for it.

The cookie holds the session's secret and nothing else. Tokens are remembered for a minute at
most and dropped at once, in every copy, when identity says that a session has ended. What a page
does by itself (streams, drafts) opens a session too, and never stands for the person: the
person's next request still reaches identity, whose idle clock it starts anew.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.clients.services import Asking, Services
from portico_contracts.identity import OpenToken
from portico_kit.clock import now as this_moment

REMEMBERED = 60.0
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in visitor, acting for one record.

    ``known_until`` and ``counted_until`` are moments of this process's clock: until when the
    token is used as it is, and until when what the person does is counted already.
    """

    secret: str
    token: str
    opened: dict[str, Any]
    known_until: float
    counted_until: float

    @property
    def kind(self) -> str:
        """``patient`` or ``staff``."""
        return str(self.opened["actor"]["kind"])

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of a member of staff."""
        return tuple(self.opened["actor"]["roles"])

    @property
    def patient_id(self) -> str | None:
        """Whose record a patient has open."""
        found: str | None = self.opened["actor"]["patient_id"]
        return found

    @property
    def session_id(self) -> str:
        """What identity calls this session in its events."""
        return str(self.opened["actor"]["session_id"])

    @property
    def account_id(self) -> str:
        """Who is signed in."""
        return str(self.opened["actor"]["account_id"])

    def seconds_left(self) -> int:
        """Until the session ends by itself, if nothing more is done."""
        return seconds_until_end(self.opened)


class Sessions:
    """Opens sessions by their secrets; remembers what identity said for a short while."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: OrderedDict[tuple[str, str], Session] = OrderedDict()

    async def open(self, secret: str, *, who: str, reference: str, active: bool = True) -> Session:
        """The session behind a secret. Raises SignInNeeded, or NotFound for an unknown who.

        ``active=False`` for what the person did not do: it keeps no session alive.
        """
        known, now = self._known.get((secret, who)), time.monotonic()
        if known is not None and (known.counted_until if active else known.known_until) > now:
            return known
        asked = OpenToken(session=secret, who=who, active=active)
        opened = await self._services.ask(asked, Asking(reference=reference))
        until = time.monotonic() + REMEMBERED
        counted = until if active else known.counted_until if known else 0.0
        session = Session(secret, opened["token"], opened, until, counted)
        self._known[(secret, who)] = session
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return session

    def forget(self, secret: str) -> None:
        """Ask identity again at the next request of this session."""
        for key in [k for k in self._known if k[0] == secret]:
            del self._known[key]

    def ended(self, session_ids: set[str]) -> None:
        """Drop what is remembered of sessions that have ended."""
        for key, session in list(self._known.items()):
            if session.opened["actor"]["session_id"] in session_ids:
                del self._known[key]


class Cookies:
    """The two cookies: the session's secret, and a visitor's secret for forms before sign-in."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self.session = f"{prefix}portico"
        self.visitor = f"{prefix}portico-visitor"

    def session_of(self, request: Request) -> str | None:
        """The session's secret, if the browser sent one that could be one."""
        value = request.cookies.get(self.session, "")
        return value if 20 <= len(value) <= 100 and value.isascii() else None

    def keep(self, response: Response, name: str, value: str, *, seconds: int | None) -> None:
        """Set a cookie that scripts cannot read and other sites cannot send."""
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def drop(self, response: Response, name: str) -> None:
        """Take a cookie away."""
        response.delete_cookie(name, path="/", httponly=True, secure=self._secure, samesite="lax")


def seconds_until_end(ends: Mapping[str, Any]) -> int:
    """Whole seconds until a session ends by quiet or for good, out of identity's two times."""
    end = min(datetime.fromisoformat(ends[name]) for name in ("idle_ends_at", "ends_at"))
    return max(0, int((end - this_moment()).total_seconds()))


def new_visitor() -> str:
    """A secret for somebody who is not signed in."""
    return secrets.token_urlsafe(24)


def csrf_token(secret: str) -> str:
    """What a form must bring along: bound to the session, useless to anyone without it."""
    return hmac.new(secret.encode(), b"portico form", hashlib.sha256).hexdigest()[:40]


def csrf_holds(secret: str, given: str) -> bool:
    """Whether a form came from our own page."""
    return hmac.compare_digest(csrf_token(secret).encode(), given.encode())
