"""Live pages: events of the services, turned into finished HTML for whoever has the page open.

Each copy of the gateway hears every live event on a queue of its own. A stream belongs to one
signed-in person and one page; what it sends is asked for with that person's token, so that
nobody hears of what they could not open. Streams are bounded in number, length and life.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any

from starlette.responses import Response, StreamingResponse

from gateway.sessions import Sessions
from gateway.web import Visitor
from portico_contracts.event import Envelope
from portico_contracts.identity import SessionsEnded
from portico_contracts.refusal import Refusal, SignInNeeded, Unavailable
from portico_contracts.wire import NotUnderstood, decode
from portico_kit.logs import log

BEAT = 15.0
AGAIN = 2.0  # seconds until what could not be drawn is asked for again
MOST_WAITING = 100
# A browser keeps six connections to a host: two stay free for what the person asks.
MOST_STREAMS_A_SESSION = 4
LONGEST = 30 * 60.0
QUIET = ": \n"
OVER = object()
Wanted = Callable[[Any], bool]
Draw = Callable[[Any], Awaitable[str | None]]
First = Callable[[], Awaitable[str | None]]


class Live:
    """All open streams of this copy; a quiet one says every ``beat`` seconds that it lives."""

    def __init__(self, *, beat: float = BEAT) -> None:
        self._beat = beat
        self._over = False
        self.sessions: Sessions | None = None
        self._streams: dict[asyncio.Queue[Any], Wanted] = {}
        self._sessions_of: dict[asyncio.Queue[Any], str] = {}
        self._of_session: Counter[str] = Counter()

    def heard(self, body: bytes) -> None:
        """An event arrived from the broker."""
        try:
            envelope: Envelope = decode(body)
        except NotUnderstood as problem:
            log.warning("live.not_understood", reason=str(problem))
            return
        if isinstance(envelope.event, SessionsEnded):
            self._close({str(i) for i in envelope.event.session_ids})
        self.tell(envelope.event)

    def begin_anew(self) -> None:
        """Events begin to come: what was told before is lost. Every stream ends, and its page
        comes back at once and is drawn what it lacks."""
        for queue in self._streams:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(OVER)

    def end(self) -> None:
        """This copy leaves: every stream ends, one that is opened now as well."""
        self._over = True
        self.begin_anew()

    def _close(self, session_ids: set[str]) -> None:
        """Wake the streams of ended sessions: each asks whether it may go on, and may not."""
        if self.sessions is not None:
            self.sessions.ended(session_ids)
        for queue, session_id in self._sessions_of.items():
            if session_id in session_ids and not queue.full():
                queue.put_nowait(None)

    def tell(self, event: Any) -> None:
        """Pass an event on to the streams that want it."""
        for queue, wanted in self._streams.items():
            # A reader too slow to keep up loses news, not the gateway its memory.
            if wanted(event) and not queue.full():
                queue.put_nowait(event)

    async def stream(
        self, visitor: Visitor, *, wanted: Wanted, draw: Draw, first: First
    ) -> Response:
        """Send what ``first`` draws, the news between the page and its stream, and then what
        ``draw`` makes of each wanted event, as server-sent events.

        Nothing is missed: events are kept from before ``first`` asks. Raises what it is refused.
        """
        if self._too_many(visitor):
            return Response(status_code=429, headers={"Retry-After": "30"})
        events = self._events(visitor, wanted, draw, first)
        return _answer(_continued(await anext(events), events))

    def _too_many(self, visitor: Visitor) -> bool:
        assert visitor.session is not None
        return self._of_session[visitor.session.secret] >= MOST_STREAMS_A_SESSION

    async def _events(
        self, visitor: Visitor, wanted: Wanted, draw: Draw, first: First
    ) -> AsyncGenerator[bytes]:
        with self._registered(visitor, wanted) as queue:
            yield b": open\n\n" + _frame(await first())
            ends, event = asyncio.get_running_loop().time() + LONGEST, None
            while not self._over and asyncio.get_running_loop().time() < ends:
                event = event or await self._next_of(queue)
                if event is OVER:
                    return
                try:
                    yield await self._drawn(event, visitor, draw)
                except SignInNeeded:
                    return
                except Refusal as refusal:
                    log.info("live.not_drawn", code=refusal.code, reference=visitor.reference)
                    yield _frame(None)
                    if isinstance(refusal, Unavailable):
                        # A service that is away for a moment costs no news: it is asked again,
                        # and what came meanwhile is drawn after.
                        await asyncio.sleep(min(self._beat, AGAIN))
                        continue
                event = None

    @contextmanager
    def _registered(self, visitor: Visitor, wanted: Wanted) -> Iterator[asyncio.Queue[Any]]:
        """A queue that wanted events reach, counted among its session's streams."""
        assert visitor.session is not None
        secret, session_id = visitor.session.secret, visitor.session.session_id
        queue: asyncio.Queue[Any] = asyncio.Queue(MOST_WAITING)
        self._streams[queue], self._sessions_of[queue] = wanted, session_id
        self._of_session[secret] += 1
        try:
            yield queue
        finally:
            del self._streams[queue], self._sessions_of[queue]
            self._of_session[secret] -= 1
            if not self._of_session[secret]:
                del self._of_session[secret]

    async def _next_of(self, queue: asyncio.Queue[Any]) -> Any:
        """The next event; None where there was none for one beat."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._beat):
                return await queue.get()
        return None

    async def _drawn(self, event: Any, visitor: Visitor, draw: Draw) -> bytes:
        await self._renew(visitor)
        return b": beat\n\n" if event is None else _frame(await draw(event))

    async def _renew(self, visitor: Visitor) -> None:
        """A fresh token, or the end of the stream with the end of the session."""
        assert visitor.session is not None
        visitor.session = await visitor.house.sessions.open(
            visitor.session.secret, who=visitor.who, reference=visitor.reference, active=False
        )


def _frame(html: str | None) -> bytes:
    lines = "".join(f"data: {line}\n" for line in (html or "").splitlines() if line.strip())
    return f"{lines or QUIET}\n".encode()


def _answer(events: AsyncIterator[bytes]) -> Response:
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _continued(opening: bytes, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(events):
        yield opening
        async for event in events:
            yield event
