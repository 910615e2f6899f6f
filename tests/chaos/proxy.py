"""A small TCP proxy that can spoil a connection in every way that a network does.

It stands between Portico's processes and PostgreSQL, RabbitMQ, the mail server or the SMS provider.
It runs on an event loop in a thread of its own, so that a test can change what it does at any time:

    with Proxy(to_port=5432) as proxy:
        proxy.spoil(latency=0.05, jitter=0.02)
        proxy.black_hole("answers")      # what the server says no longer arrives
        proxy.heal()
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Literal, Self

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024
Way = Literal["requests", "answers"]  # towards the server, back from it


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What happens to bytes on their way. Seconds, and bytes a second each way (0: no limit)."""

    latency: float = 0.0
    jitter: float = 0.0
    rate: int = 0
    swallowed: frozenset[Way] = frozenset()
    refusing: bool = False


FAIR = Weather()


class Proxy:
    """Listens on a loopback port of its own and passes everything on to `to_port`."""

    def __init__(self, *, to_port: int, port: int = 0, seed: int = 0) -> None:
        self._to_port = to_port
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]
        self._weather = FAIR
        self._chance = random.Random(seed)
        self._pairs: set[_Pair] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._ask(self._serve())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ask(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def connections(self) -> int:
        """How many connections are open through it now."""
        return len(self._pairs)

    def spoil(self, **weather: Any) -> None:
        """Change the fields of Weather that are named; connections that are open feel it too."""
        self._weather = replace(self._weather, **weather)

    def black_hole(self, *ways: Way) -> None:
        """Swallow bytes, without a word to either end; both ways unless one is named."""
        self.spoil(swallowed=frozenset(ways or ("requests", "answers")))

    def cut(self) -> None:
        """Close what is open in good order (FIN), and refuse new connections until healed."""
        self.spoil(refusing=True)
        self._ask(self._end(lambda pair: pair.close()))

    def reset(self) -> None:
        """End every open connection with a reset (RST); new ones are welcome."""
        self._ask(self._end(lambda pair: pair.abort()))

    def heal(self) -> None:
        """Pass everything on again. What a black hole has swallowed stays lost."""
        swallowed = bool(self._weather.swallowed)
        self._weather = FAIR
        if swallowed:
            # A stream with a hole in it is no stream: the ends must not take it for one.
            self.reset()

    @property
    def weather(self) -> Weather:
        """What happens to bytes now."""
        return self._weather

    def pause_for(self, size: int) -> float:
        """Seconds that a chunk of so many bytes takes in this weather."""
        weather = self._weather
        shake = self._chance.uniform(-weather.jitter, weather.jitter) if weather.jitter else 0.0
        slow = size / weather.rate if weather.rate else 0.0
        return max(0.0, weather.latency + shake) + slow

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._welcome, sock=self._listener)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._end(lambda pair: pair.abort())
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _end(self, how: Callable[[_Pair], None]) -> None:
        for pair in list(self._pairs):
            how(pair)

    async def _welcome(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._weather.refusing:
            _abort(back)
            return
        try:
            far, forth = await asyncio.open_connection(LOOPBACK, self._to_port)
        except OSError:
            _abort(back)
            return
        pair = _Pair(forth, back)
        self._pairs.add(pair)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on("requests", near, forth))
                both.create_task(self._pass_on("answers", far, back))
        except asyncio.CancelledError:
            pass  # the proxy ends; asyncio's streams would report it as a failure
        finally:
            self._pairs.discard(pair)
            pair.close()

    async def _pass_on(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if way in self._weather.swallowed:
                    continue
                if pause := self.pause_for(len(data)):
                    await asyncio.sleep(pause)
                writer.write(data)
                await writer.drain()
        if way not in self._weather.swallowed:
            writer.close()

    def _ask(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)


class _Pair:
    """The two sockets of one connection."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = writers

    def close(self) -> None:
        for writer in self._writers:
            writer.close()

    def abort(self) -> None:
        for writer in self._writers:
            _abort(writer)


def _abort(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        # Linger for no time at all: the kernel then sends a reset, as a crashed machine would.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _listen(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((LOOPBACK, port))
    made.listen(512)
    made.setblocking(False)
    return made
