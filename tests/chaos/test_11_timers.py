"""Point 11: a timer of which three copies run does its work once, and outlives each of them."""

from __future__ import annotations

import itertools
import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from portico_kit.tables import create_kit_tables
from portico_kit.testing.databases import Databases, store_at
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually
from tests.chaos import timekeeper
from tests.chaos.diary import Diary

ROOT = Path(__file__).resolve().parents[2]
COPIES = 3
TAKEN_OVER_WITHIN = 15.0
REMIND_EVERY = 5.0


class Watch:
    """Copies of the timekeeper on one database."""

    def __init__(self, database_url: str, amqp_url: str, folder: Path) -> None:
        self.database_url, self.amqp_url, self.folder = database_url, amqp_url, folder
        self.copies: list[ServiceProcess] = []
        store = store_at(database_url, connections=1)
        with store.engine.begin() as connection:
            create_kit_tables(Operations(MigrationContext.configure(connection)))
            timekeeper.metadata.create_all(connection)
        store.engine.dispose()

    def start(self, **settings: str) -> None:
        """One more copy."""
        made = ServiceProcess.service(
            "tests.chaos.timekeeper:Timekeeper",
            database_url=self.database_url,
            amqp_url=self.amqp_url,
            output=self.folder / f"timekeeper-{len(self.copies)}.log",
            PYTHONPATH=str(ROOT),
            **settings,
        )
        self.copies.append(made)
        made.start(wait=False)

    def ticks(self) -> list[tuple[int, float]]:
        """Who ticked, and at which second, in order."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            query = "SELECT pid, extract(epoch FROM began_at)::float FROM tick ORDER BY began_at"
            return connection.execute(query).fetchall()  # type: ignore[return-value]

    def kill_leader(self) -> int:
        """End whoever ticked last, as a crash would; its pid."""
        pid = self.ticks()[-1][0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def end(self) -> None:
        for copy in self.copies:
            copy.kill()


@pytest.fixture
def watch(databases: Databases, amqp_url: str, tmp_path: Path) -> Iterator[Watch]:
    made = Watch(databases.empty(), amqp_url, tmp_path)
    yield made
    made.end()


@pytest.fixture
def diary(
    service_database: Callable[[str], str], declared_broker: str, tmp_path: Path
) -> Iterator[Diary]:
    made = Diary(service_database("scheduling"), declared_broker, tmp_path).open()
    yield made
    made.end()


def test_three_copies_of_a_timer_tick_once_a_period_and_the_next_takes_over_from_a_killed_leader(
    watch: Watch, length: Any, notes: Any
) -> None:
    for _copy in range(COPIES):
        watch.start()
    for copy in watch.copies:
        copy.wait_until_ready()
    gaps = []
    for _round in range(length.of(short=2, long=20)):
        seen = len(watch.ticks())
        eventually(lambda n=seen: len(watch.ticks()) > n + 2, what="some ticks")  # type: ignore[misc]
        dead = watch.kill_leader()
        last = next(at for pid, at in reversed(watch.ticks()) if pid == dead)
        after = eventually(
            lambda d=dead, at=last: [t for p, t in watch.ticks() if p != d and t > at],  # type: ignore[misc]
            within=TAKEN_OVER_WITHIN,
            what="another copy's tick",
        )
        gaps.append(after[0] - last)
        (gone,) = [c for c in watch.copies if c.process and c.process.pid == dead]
        gone.kill()  # to be rid of the zombie
        if length.long:
            gone.start()
    moments = [at for _pid, at in watch.ticks()]
    steps = [after - before for before, after in itertools.pairwise(moments)]
    notes.note("timer ticks, three copies", len(moments), "ticks")
    notes.note(
        "shortest time between ticks", min(steps), "s",
        wanted=f">= {timekeeper.PERIOD * 0.9}", holds=lambda s: s >= timekeeper.PERIOD * 0.9,
    )  # fmt: skip
    notes.note(
        "a killed leader's timer was taken over after", max(gaps), "s",
        wanted=f"<= {TAKEN_OVER_WITHIN}", holds=lambda s: s <= TAKEN_OVER_WITHIN,
    )  # fmt: skip


def test_each_reminder_is_announced_once_by_three_copies_that_are_killed_at_their_work(
    diary: Diary, length: Any, notes: Any, seed: int
) -> None:
    count, kills = length.of(short=(600, 1), long=(20_000, 20))
    span = length.of(short=6.0, long=120.0)
    chance = random.Random(seed)
    copies = [diary.copy(wait=False) for _copy in range(COPIES)]
    for copy in copies:
        copy.wait_until_ready()
    diary.remind_in([chance.uniform(0, span) for _ in range(count)])
    for number in range(kills):
        eventually(lambda n=number: diary.waiting() < count * (1 - n / (kills + 1)), within=60)  # type: ignore[misc]
        victim = chance.choice(copies)
        victim.kill()
        if length.long:
            victim.start(wait=False)
    eventually(lambda: diary.waiting() == 0, within=span + 60, what="every reminder's end")

    notes.note("reminders due", count, "reminders")
    notes.note("of them announced", diary.announced(), "events", wanted=str(count),
               holds=lambda n: n == count)  # fmt: skip
    notes.note("announced twice", diary.doubled(), "reminders", wanted="0",
               holds=lambda n: n == 0)  # fmt: skip
    late = diary.lateness()
    notes.note("earliest", min(late), "s", wanted=">= 0", holds=lambda s: s >= 0)
    notes.note("latest, with copies killed", max(late), "s", wanted="<= 60",
               holds=lambda s: s <= 60)  # fmt: skip
