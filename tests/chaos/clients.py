"""Load clients: each books on a kept connection and asks again, under the same key, until it knows.

What they asked and what they were told is the client log: the first of the oracle's witnesses.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.chaos.wishes import Wish

PATH = "/api/v1/visits"
ANSWER_WITHIN = 12.0  # seconds for one attempt: the gateway itself gives up after 8
PATIENCE = 240.0  # seconds for one wish: then it counts as unanswered
PAUSE, LONGEST_PAUSE = 0.1, 1.0
ASK_AGAIN = frozenset({0, 408, 425, 429, 500, 502, 503, 504})
IN_FLIGHT = "InFlight"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request and what came of it; status 0: no answer. Moments are in seconds since 1970."""

    key: str
    asked_at: float
    ended_at: float
    status: int
    code: str = ""
    appointment_id: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether the client knows now: booked, or refused for good."""
        return self.status not in ASK_AGAIN and self.code != IN_FLIGHT


@dataclass
class Log:
    """Every wish and every attempt at it."""

    wishes: dict[str, Wish]
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def accepted(self) -> dict[str, str]:
        """The appointment of each wish that was granted, by its key."""
        return {a.key: str(a.appointment_id) for a in self.attempts if a.status == 201}

    @property
    def final(self) -> dict[str, Attempt]:
        """The last word on each wish that has one."""
        return {a.key: a for a in self.attempts if a.is_final}

    @property
    def repeated(self) -> int:
        """How many attempts were made because an earlier one had no answer."""
        return len(self.attempts) - len({a.key for a in self.attempts})

    def add(self, other: Log) -> None:
        """Take another log's wishes and attempts in."""
        self.wishes |= other.wishes
        self.attempts += other.attempts

    def write(self, path: Path) -> None:
        """One JSON line an attempt; the sessions' secrets stay out of it."""
        lines = (json.dumps(asdict(attempt)) for attempt in self.attempts)
        path.write_text("\n".join(lines) + "\n")


class Load:
    """Clients at work in a thread of their own; each grants itself one wish after another.

    with Load(wishes, ports=stage.gateway_ports, seed=seed) as load:
        …                              # attack
        log = load.finish(within=60)
    """

    def __init__(
        self,
        wishes: Sequence[Wish],
        *,
        ports: Sequence[int],
        seed: int,
        path: str = PATH,
        pace: float = 0.0,
    ) -> None:
        """With ``pace`` each client rests so many seconds, more or less, between two wishes."""
        self.log = Log({wish.key: wish for wish in wishes})
        self._wishes, self._ports, self._seed, self._path = wishes, list(ports), seed, path
        self._pace = pace
        self._answered: set[str] = set()
        self._stopping = self._begin_no_more = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping = True
        self._thread.join(ANSWER_WITHIN + LONGEST_PAUSE)

    @property
    def answered(self) -> int:
        """How many wishes have their answer."""
        return len(self._answered)

    @property
    def is_done(self) -> bool:
        """Whether every wish has its answer, or was given up."""
        return not self._thread.is_alive()

    def finish(self, *, within: float) -> Log:
        """The log, once all clients have done; AssertionError when they have not by then."""
        self._thread.join(within)
        assert self.is_done, f"{len(self._wishes) - self.answered} wishes without an answer"
        return self.log

    def stop(self, *, within: float = PATIENCE) -> Log:
        """Begin no further wish; the log of those that were begun, once each has its answer."""
        self._begin_no_more = True
        self._thread.join(within)
        assert self.is_done, "wishes that were begun have no answer"
        begun = {attempt.key for attempt in self.log.attempts}
        self.log.wishes = {key: wish for key, wish in self.log.wishes.items() if key in begun}
        return self.log

    async def _work(self) -> None:
        queues: dict[int, list[Wish]] = {}
        for wish in self._wishes:
            queues.setdefault(wish.client, []).append(wish)
        async with asyncio.TaskGroup() as group:
            for client, mine in queues.items():
                chance = random.Random(self._seed * 1000 + client)
                group.create_task(self._ask_for_all(mine, chance))

    async def _ask_for_all(self, wishes: Iterable[Wish], chance: random.Random) -> None:
        line = Line(self._ports, turn=chance.randrange(len(self._ports)))
        for wish in wishes:
            if self._begin_no_more:
                break
            await self._ask_for(wish, line, chance)
            await asyncio.sleep(self._pace * chance.uniform(0.5, 1.5))
        line.close()

    async def _ask_for(self, wish: Wish, line: Line, chance: random.Random) -> None:
        until, pause = time.monotonic() + PATIENCE, PAUSE
        while not self._stopping and time.monotonic() < until:
            attempt = await self._attempt(wish, line)
            self.log.attempts.append(attempt)
            if attempt.is_final:
                self._answered.add(wish.key)
                return
            line.try_another()
            await asyncio.sleep(pause * chance.uniform(0.5, 1.0))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _attempt(self, wish: Wish, line: Line) -> Attempt:
        asked_at = time.time()
        status, body = 0, b""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                status, body = await line.post(
                    self._path, wish.body, key=wish.key, session=wish.session
                )
        except (OSError, TimeoutError, EOFError, ValueError) as problem:
            line.close()
            return _ended(wish, asked_at, 0, {"code": type(problem).__name__})
        return _ended(wish, asked_at, status, json.loads(body))


def _ended(wish: Wish, asked_at: float, status: int, told: dict[str, str]) -> Attempt:
    return Attempt(
        key=wish.key,
        asked_at=asked_at,
        ended_at=time.time(),
        status=status,
        code=str(told.get("code", "")),
        appointment_id=told.get("appointment_id"),
    )


class Line:
    """A kept HTTP connection to one of several ports; another one's turn when that fails."""

    def __init__(self, ports: Sequence[int], *, turn: int = 0) -> None:
        self._ports, self._turn = ports, turn
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    def try_another(self) -> None:
        """Go to the next port from now on, where there are several."""
        if len(self._ports) > 1:
            self.close()
            self._turn += 1

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def post(
        self, path: str, body: dict[str, str], *, key: str, session: str
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError, EOFError, ValueError for lack of one."""
        text = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: chaos\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {session}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Length: {len(text)}\r\n\r\n"
        )
        reader, writer = await self._connected()
        writer.write(head.encode() + text)
        await writer.drain()
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, headers = int(answer[9:12]), _headers(answer)
        told = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        return status, told

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            port = self._ports[self._turn % len(self._ports)]
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        return self._reader, self._writer


def _headers(answer: str) -> dict[str, str]:
    lines = (line.partition(":") for line in answer.split("\r\n")[1:])
    return {name.strip().lower(): value.strip().lower() for name, _, value in lines}
