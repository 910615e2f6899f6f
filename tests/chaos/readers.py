"""People who only look: pages and API of every service, again and again, at a steady pace."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

API = "/api/v1/"
PATHS = (
    f"{API}account",
    f"{API}medicines",
    f"{API}visits",
    f"{API}conversations",
    f"{API}statements",
    f"{API}notices",
    "/me/",
    "/me/visits",
    "/me/messages",
)
ANSWER_WITHIN = 15.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """One request and what came of it; status 0: nobody answered."""

    path: str
    asked_at: float
    seconds: float
    status: int
    retry_after: str | None = None
    body: bytes = b""


class Readers:
    """Readers at work in threads of their own, each on kept connections.

    As a load balancer would, they ask once more, by the next port, where a connection is refused
    or closed without an answer.
    """

    def __init__(
        self, sessions: Sequence[str], *, ports: Sequence[int], seed: int, pace: float = 0.1
    ) -> None:
        self.looks: list[Look] = []
        self._ports, self._pace = list(ports), pace
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(session, random.Random(seed * 1000 + n)))
            for n, session in enumerate(sessions)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def since(self, moment: float) -> list[Look]:
        """What was asked after a moment (seconds since 1970)."""
        return [look for look in self.looks if look.asked_at > moment]

    def _read(self, session: str, chance: random.Random) -> None:
        line = _Line(self._ports, session, turn=chance.randrange(len(self._ports)))
        while not self._stopping.wait(self._pace * chance.uniform(0.5, 1.5)):
            self.looks.append(line.look(chance.choice(PATHS)))
        line.close()


class _Line:
    """A kept connection to one of several ports."""

    def __init__(self, ports: Sequence[int], session: str, *, turn: int) -> None:
        self._ports, self._turn = ports, turn
        self._headers = {"Authorization": f"Bearer {session}", "Cookie": f"portico={session}"}
        self._talk: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._talk is not None:
            self._talk.close()
        self._talk = None

    def look(self, path: str) -> Look:
        asked_at, began = time.time(), time.monotonic()
        for _chance in (1, 2):
            try:
                status, retry_after, body = self._get(path)
            except (OSError, http.client.HTTPException):
                self.close()
                self._turn += 1
                continue
            took = time.monotonic() - began
            return Look(path=path, asked_at=asked_at, seconds=took, status=status,
                        retry_after=retry_after, body=body if status >= 500 else b"")  # fmt: skip
        took = time.monotonic() - began
        return Look(path=path, asked_at=asked_at, seconds=took, status=0)

    def _get(self, path: str) -> tuple[int, str | None, bytes]:
        if self._talk is None:
            port = self._ports[self._turn % len(self._ports)]
            self._talk = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN)
        self._talk.request("GET", path, headers=self._headers)
        answer = self._talk.getresponse()
        return answer.status, answer.getheader("Retry-After"), answer.read()
