"""Point 5: PostgreSQL goes, hard, or for a while, or without a word: everybody is told so at once,
nothing is written by halves, and all of it comes back by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from portico_kit.testing.waiting import eventually
from portico_ops.servers import PostgresServer
from tests.chaos.clients import Attempt, Load, Log
from tests.chaos.oracle import Oracle
from tests.chaos.proxy import Way
from tests.chaos.readers import PATHS, Look, Readers
from tests.chaos.stage import Stage
from tests.chaos.wishes import Wish, gather

TOLD_WITHIN = 2.0
RECOVERED_WITHIN = 15.0
SETTLED_WITHIN = 60.0
SLACK = 1.0
BEGINNING = 0.3  # seconds after the end in which an answer may still come from before it
READERS = 4
FAST = 1.0  # times a second that all timers of a process together may speak of a failure


class Window:
    """A time without a database, and what was asked in it."""

    def __init__(self, readers: Readers, log: Log) -> None:
        self._readers, self._log = readers, log
        self.began = time.time()
        self.ended = 0.0

    @property
    def looks(self) -> list[Look]:
        return [x for x in self._readers.looks if self._holds(x.asked_at, x.asked_at + x.seconds)]

    @property
    def attempts(self) -> list[Attempt]:
        return [a for a in self._log.attempts if self._holds(a.asked_at, a.ended_at)]

    def _holds(self, asked_at: float, ended_at: float) -> bool:
        return self.began + BEGINNING < asked_at and ended_at < self.ended

    def recovery(self) -> float:
        """Seconds from the database's return until every path was shown again and a visit booked;
        NeverHappened where that takes too long."""
        eventually(self._is_over, within=RECOVERED_WITHIN + SLACK, what="recovery")
        return time.time() - self.ended

    def _is_over(self) -> bool:
        shown = {look.path for look in self._readers.since(self.ended) if look.status == 200}
        booked = any(a.status == 201 and a.ended_at > self.ended for a in self._log.attempts)
        return booked and shown == set(PATHS)


class SilentWindow(Window):
    """The same, with those in it who asked in time to be told, whenever they were."""

    def _holds(self, asked_at: float, ended_at: float) -> bool:
        return self.began + BEGINNING < asked_at < self.ended - TOLD_WITHIN - SLACK


@pytest.fixture
def wishes(stage: Stage, seed: int, length: Any) -> list[Wish]:
    return gather(stage, bookings=length.of(short=300, long=20_000), seed=seed, clients=6)


@contextmanager
def people(stage: Stage, wishes: list[Wish], *, seed: int) -> Iterator[tuple[Load, Readers]]:
    """Patients who book and look; nobody's session is known to the gateway only."""
    ports = stage.gateway_ports
    sessions = sorted({wish.session for wish in wishes})[-READERS:]
    with (
        Load(wishes, ports=ports, seed=seed, pace=0.6) as load,
        Readers(sessions, ports=ports, seed=seed, pace=0.2) as readers,
    ):
        eventually(lambda: len({look.path for look in readers.looks}) == len(PATHS), within=60)
        yield load, readers


def crash(server: PostgresServer) -> None:
    """SIGKILL to the server and everything of it, as a machine that loses its power would."""
    leader = psutil.Process(server.pid() or 0)
    for process in [leader, *leader.children(recursive=True)]:
        with_no_word(process)
    eventually(lambda: not leader.is_running() or leader.status() == psutil.STATUS_ZOMBIE)


def with_no_word(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def pids(stage: Stage) -> Mapping[str, int | None]:
    return {name: stage.pid(name) for name in stage.names}


def test_a_database_that_ends_hard_is_told_at_once_and_comes_back_by_itself(
    stage: Stage, oracle: Oracle, wishes: list[Wish], seed: int, length: Any, notes: Any
) -> None:
    server = stage.servers["postgres"]
    assert isinstance(server, PostgresServer)
    aways = [0.5] * length.of(short=2, long=10) + [length.of(short=6.0, long=60.0)]
    before, recoveries, looks, attempts = pids(stage), [], [], []
    spoken = stage.logs().count('"timer.')
    stage.leave_servers_alone()
    try:
        with people(stage, wishes, seed=seed) as (load, readers):
            for away in aways:
                window = Window(readers, load.log)
                crash(server)
                window.began = time.time()
                eventually(lambda w=window, s=away: time.time() > w.began + s, within=away + 5)  # type: ignore[misc]
                window.ended = time.time()
                server.start()
                # Its start, with its own recovery, is not ours.
                looks += window.looks
                attempts += window.attempts
                window.ended = time.time()
                recoveries.append(window.recovery())
            log = load.stop()
    finally:
        if server.pid() is None:
            server.start()
        stage.mind_servers()
    told = [look.seconds for look in looks] + [a.ended_at - a.asked_at for a in attempts]
    notes.note("PostgreSQL ended hard", len(aways), "SIGKILLs")
    notes.note("longest away", max(aways), "s")
    notes.note("requests meanwhile", len(told), "requests", wanted="> 10", holds=lambda n: n > 10)
    wrong = [look for look in looks if look.status != 503 or not look.retry_after]
    assert not wrong, [(look.path, look.status, look.retry_after) for look in wrong[:5]]
    assert {a.status for a in attempts} <= {503}
    notes.note("told so within", max(told), "s", wanted=f"<= {TOLD_WITHIN}",
               holds=lambda s: s <= TOLD_WITHIN + SLACK)  # fmt: skip
    notes.note("everything back after", max(recoveries), "s", wanted=f"<= {RECOVERED_WITHIN}",
               holds=lambda s: s <= RECOVERED_WITHIN)  # fmt: skip
    timers = (stage.logs().count('"timer.') - spoken) / (sum(aways) * len(before))
    notes.note("timers spoke of it", timers, "lines/s a process", wanted=f"<= {FAST}",
               holds=lambda n: n <= FAST)  # fmt: skip
    assert pids(stage) == before, "something was started again"
    oracle.wait_until_right(log, within=SETTLED_WITHIN)
    stage.wait_until_ready()


def test_a_database_that_no_longer_says_a_word_is_told_of_as_soon_as_one_that_is_gone(
    stage: Stage, oracle: Oracle, wishes: list[Wish], seed: int, length: Any, notes: Any
) -> None:
    # With only the answers lost, what was asked is done, and nobody hears of it: of a booking
    # that was told to try again none may be missing, and none be there twice.
    ways: list[tuple[Way, ...]] = length.of(short=[("answers",)], long=[(), ("answers",), ()])
    silence = length.of(short=8.0, long=60.0)
    before, recoveries, windows = pids(stage), [], []
    try:
        with people(stage, wishes, seed=seed) as (load, readers):
            for way in ways:
                windows.append(window := SilentWindow(readers, load.log))
                stage.proxies["postgres"].black_hole(*way)
                window.began = time.time()
                eventually(lambda w=window: time.time() > w.began + silence, within=silence + 5)  # type: ignore[misc]
                stage.proxies["postgres"].heal()
                window.ended = time.time()
                recoveries.append(window.recovery())
            log = load.stop()
    finally:
        stage.proxies["postgres"].heal()
    looks = [look for window in windows for look in window.looks]
    attempts = [attempt for window in windows for attempt in window.attempts]
    told = [look.seconds for look in looks] + [a.ended_at - a.asked_at for a in attempts]
    notes.note("PostgreSQL silent", len(ways), "times")
    notes.note("each time for", silence, "s")
    notes.note("requests meanwhile", len(told), "requests", wanted="> 10", holds=lambda n: n > 10)
    notes.note("told so within", max(told), "s", wanted=f"<= {TOLD_WITHIN}",
               holds=lambda s: s <= TOLD_WITHIN + SLACK)  # fmt: skip
    wrong = [look for look in looks if look.status != 503 or not look.retry_after]
    assert not wrong, [(look.path, look.status, look.retry_after) for look in wrong[:5]]
    assert {a.status for a in attempts} <= {503}
    notes.note("everything back after", max(recoveries), "s", wanted=f"<= {RECOVERED_WITHIN}",
               holds=lambda s: s <= RECOVERED_WITHIN)  # fmt: skip
    assert pids(stage) == before, "something was started again"
    oracle.wait_until_right(log, within=SETTLED_WITHIN)
    stage.wait_until_ready()
