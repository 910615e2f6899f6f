"""Live pages: events of the services, turned into finished HTML for whoever has the page open.

Each copy of the gateway hears every live event on a queue of its own. A stream belongs to one
signed-in person and one page; what it sends is asked for with that person's token, so that
nobody hears of what they could not open. Streams are bounded in number, length and life.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.responses import Response, StreamingResponse

from gateway.sessions import Sessions
from gateway.web import Visitor
from portico_contracts.event import Envelope
from portico_contracts.identity import SessionsEnded
from portico_contracts.refusal import Refusal, SignInNeeded
from portico_contracts.wire import NotUnderstood, decode
from portico_kit.logs import log

BEAT = 15.0
MOST_WAITING = 100
MOST_STREAMS_A_SESSION = 6
LONGEST = 30 * 60.0
QUIET = b": \n\n"
Wanted = Callable[[Any], bool]
Draw = Callable[[Any], Awaitable[str | None]]
First = Callable[[], Awaitable[str | None]]


class Live:
    """All open streams of this copy."""

    def __init__(self) -> None:
        self.sessions: Sessions | None = None
        self._streams: dict[asyncio.Queue[Any], Wanted] = {}
        self._of_session: Counter[str] = Counter()

    def heard(self, body: bytes) -> None:
        """An event arrived from the broker."""
        try:
            envelope: Envelope = decode(body)
        except NotUnderstood as problem:
            log.warning("live.not_understood", reason=str(problem))
            return
        if isinstance(envelope.event, SessionsEnded) and self.sessions is not None:
            self.sessions.ended({str(i) for i in envelope.event.session_ids})
        for queue, wanted in self._streams.items():
            # A reader too slow to keep up loses the oldest news, not the gateway its memory.
            if wanted(envelope.event) and not queue.full():
                queue.put_nowait(envelope.event)

    def stream(
        self, visitor: Visitor, *, wanted: Wanted, draw: Draw, first: First | None = None
    ) -> Response:
        """Send what ``draw`` makes of each wanted event, as server-sent events.

        ``first`` draws what came between the page and its stream; from then on nothing is missed.
        """
        assert visitor.session is not None
        secret = visitor.session.secret
        if self._of_session[secret] >= MOST_STREAMS_A_SESSION:
            return Response(status_code=429, headers={"Retry-After": "30"})
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return StreamingResponse(
            self._events(visitor, wanted, draw, first),
            media_type="text/event-stream",
            headers=headers,
        )

    async def _events(
        self, visitor: Visitor, wanted: Wanted, draw: Draw, first: First | None
    ) -> AsyncIterator[bytes]:
        assert visitor.session is not None
        secret = visitor.session.secret
        queue: asyncio.Queue[Any] = asyncio.Queue(MOST_WAITING)
        self._streams[queue] = wanted
        self._of_session[secret] += 1
        try:
            yield b": open\n\n"
            if first is not None:
                yield await _drawn(first(), visitor)
            ends = asyncio.get_running_loop().time() + LONGEST
            while asyncio.get_running_loop().time() < ends:
                yield await self._next(queue, visitor, draw)
        except SignInNeeded:
            return
        finally:
            del self._streams[queue]
            self._of_session[secret] -= 1
            if not self._of_session[secret]:
                del self._of_session[secret]

    async def _next(self, queue: asyncio.Queue[Any], visitor: Visitor, draw: Draw) -> bytes:
        try:
            async with asyncio.timeout(BEAT):
                event = await queue.get()
        except TimeoutError:
            await self._renew(visitor)
            return b": beat\n\n"
        await self._renew(visitor)
        return await _drawn(draw(event), visitor)

    async def _renew(self, visitor: Visitor) -> None:
        """A fresh token, or the end of the stream with the end of the session."""
        assert visitor.session is not None
        visitor.session = await visitor.house.sessions.open(
            visitor.session.secret, who=visitor.who, reference=visitor.reference, active=False
        )


async def _drawn(drawing: Awaitable[str | None], visitor: Visitor) -> bytes:
    try:
        html = await drawing
    except SignInNeeded:
        raise
    except Refusal as refusal:
        log.info("live.not_drawn", code=refusal.code, reference=visitor.reference)
        return QUIET
    return _frame(html) if html and html.strip() else QUIET


def _frame(html: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
    return f"{lines}\n".encode()
