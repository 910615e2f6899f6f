"""Leaving: what the gateway does between SIGTERM and its end, so that nobody's request is lost.

At once it says that it is not ready, and each answer ends its connection: whoever asks next asks
by a new one, at another copy. A moment later open streams end, for their pages to come back to
another copy as well; the server stops listening and finishes what is under way.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

DRAIN = 0.5  # seconds between "not ready" and "not listening", for load balancers to notice
CLOSE = (b"connection", b"close")


class Leaving:
    """Whether this copy leaves, and the way there."""

    def __init__(self) -> None:
        self.asked = False

    def expect(self, *, end_streams: Callable[[], None]) -> None:
        """From now on do all this at SIGTERM, and then what the server would have done at once."""
        if threading.current_thread() is not threading.main_thread():
            return  # a server in a test's thread is sent no signals
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            stop = signal.getsignal(number)
            if not callable(stop):
                continue

            def leave(number: int, _frame: Any, stop: Any = stop) -> None:
                loop.call_soon_threadsafe(self._begin, end_streams, lambda: stop(number, None))

            signal.signal(number, leave)

    def _begin(self, end_streams: Callable[[], None], stop: Callable[[], None]) -> None:
        if self.asked:
            stop()  # asked twice: no more patience
            return
        self.asked = True

        def finish() -> None:
            stop()
            end_streams()

        asyncio.get_running_loop().call_later(DRAIN, finish)


class LastAnswers:
    """ASGI: ends the connection with each answer that is given on the way out."""

    def __init__(self, app: Any, *, leaving: Leaving) -> None:
        self._app, self._leaving = app, leaving

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_last(message: Any) -> None:
            if message["type"] == "http.response.start" and self._leaving.asked:
                message["headers"] = [*message.get("headers", []), CLOSE]
            await send(message)

        await self._app(scope, receive, send_last)
