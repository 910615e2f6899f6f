"""A client that costs little: many kept connections from one process, and only what HTTP needs.

As a program, `python -m bench.load`, it reads a Job as JSON and prints an Outcome as JSON, so that
what is measured never shares an interpreter with what measures.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import cast

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
DEADLINE = 120.0  # seconds after which a job counts as failed, whatever is still missing


@dataclass(frozen=True, kw_only=True)
class Client:
    """One connection: `first` is asked before the clock starts; `then` is measured."""

    first: tuple[str, ...] = ()
    then: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Job:
    """Clients that ask at once, for so many seconds at most; with `repeat` over and over.

    With `pace` each asks so many seconds after it asked last, all of them evenly spread; an answer
    that is late makes the next request late, and that counts as waiting.
    """

    port: int
    clients: tuple[Client, ...]
    seconds: float = 60.0
    repeat: bool = False
    pace: float = 0.0


@dataclass(kw_only=True)
class Outcome:
    """Answers by status, each answer's milliseconds, and how long all of it took."""

    seconds: float
    statuses: dict[str, int]
    milliseconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / self.seconds

    def of_class(self, digit: str) -> int:
        """How many answers have a status that begins with this digit."""
        return sum(n for status, n in self.statuses.items() if status.startswith(digit))


def get(path: str, *, session: str | None = None) -> str:
    """The text of a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{_bearer(session)}\r\n"


def post(path: str, body: object, *, session: str | None = None) -> str:
    """The text of a POST request with a JSON body (ASCII)."""
    text = json.dumps(body)
    head = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: bench\r\n{head}{_bearer(session)}\r\n{text}"


def run(job: Job) -> Outcome:
    """Do the job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        check=True, stdout=subprocess.PIPE, text=True, input=json.dumps(asdict(job)),
    )  # fmt: skip
    return Outcome(**json.loads(done.stdout))


class Talk(asyncio.Protocol):
    """One connection that asks, waits for the whole answer, and asks again."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._received = bytearray()
        self._whole = 0
        self._requests: Iterator[bytes] = iter(())
        self._until: float | None = None
        self._asked_at = self._pace = 0.0
        self._done: asyncio.Future[None] | None = None
        self.answers: list[tuple[int, float]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def ask(
        self,
        requests: Iterator[bytes],
        *,
        until: float | None = None,
        pace: float = 0.0,
        delay: float = 0.0,
    ) -> asyncio.Future[None]:
        """Ask one after another, up to a moment if given; the future ends with the last answer."""
        self._done = asyncio.get_running_loop().create_future()
        self._requests, self._until, self.answers = requests, until, []
        self._pace, self._asked_at = pace, time.perf_counter() + delay - pace
        self._next()
        return self._done

    def data_received(self, data: bytes) -> None:
        """Collect an answer; when it is whole, note it and go on."""
        self._received += data
        if not self._whole:
            end = self._received.find(HEAD_END)
            if end < 0:
                return
            self._whole = end + len(HEAD_END) + _length(bytes(self._received[:end]).lower())
        if len(self._received) >= self._whole:
            self.answers.append((int(self._received[9:12]), time.perf_counter() - self._asked_at))
            self._received.clear()
            self._whole = 0
            self._next()

    def connection_lost(self, _exc: Exception | None) -> None:
        """A server that hangs up before its answer is an answer too: status 0."""
        if self._done is not None and not self._done.done():
            self.answers.append((0, time.perf_counter() - self._asked_at))
            self._done.set_result(None)

    def _next(self) -> None:
        assert self._done is not None
        now = time.perf_counter()
        request = next(self._requests, None)
        if request is None or (self._until is not None and now >= self._until):
            self._done.set_result(None)
            return
        self._asked_at = self._asked_at + self._pace if self._pace else now
        if self._asked_at > now:
            asyncio.get_running_loop().call_later(self._asked_at - now, self._send, request)
        else:
            self._send(request)

    def _send(self, request: bytes) -> None:
        assert self._transport is not None
        self._transport.write(request)


def _length(head: bytes) -> int:
    at = head.index(LENGTH) + len(LENGTH)
    end = head.find(b"\r\n", at)
    return int(head[at : end if end >= 0 else None])


def _bearer(session: str | None) -> str:
    return f"Authorization: Bearer {session}\r\n" if session else ""


async def _work(job: Job) -> Outcome:
    early = await _connect(job)
    firsts = [t.ask(_bytes(c.first)) for t, c in zip(early, job.clients, strict=True)]
    await asyncio.gather(*firsts)
    # Fresh connections: a server may have closed those that waited for the slowest to be ready.
    talks = await _connect(job)
    began = time.perf_counter()
    again = cycle if job.repeat else iter
    asking = [
        talk.ask(
            again(_bytes(client.then)),
            until=began + job.seconds,
            pace=job.pace,
            delay=job.pace * n / len(talks),
        )
        for n, (talk, client) in enumerate(zip(talks, job.clients, strict=True))
    ]
    await asyncio.gather(*asking)
    return _outcome(talks, time.perf_counter() - began)


async def _connect(job: Job) -> list[Talk]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Talk, "127.0.0.1", job.port))[1] for _ in job.clients]


def _bytes(requests: Sequence[str]) -> Iterator[bytes]:
    return iter([request.encode("ascii") for request in requests])


def _outcome(talks: Sequence[Talk], seconds: float) -> Outcome:
    made = Outcome(seconds=seconds, statuses={})
    for status, took in (answer for talk in talks for answer in talk.answers):
        made.statuses[str(status)] = made.statuses.get(str(status), 0) + 1
        made.milliseconds.append(round(took * 1000, 3))
    return made


def main() -> None:
    """Read a job, do it, print what came of it."""
    import uvloop

    given = json.load(sys.stdin)
    clients = tuple(Client(**each) for each in given.pop("clients"))
    job = Job(**given, clients=clients)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(asyncio.wait_for(_work(job), DEADLINE))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
