"""Whose turn it is at a timer, and what a clock that was wrong leaves behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from portico_kit.database import Store
from portico_kit.tables import create_kit_tables
from portico_kit.testing.databases import Databases, store_at
from portico_kit.testing.waiting import eventually
from portico_kit.timers import LONGEST_PAUSE, pause_after, take_turn

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(databases: Databases) -> Iterator[Store]:
    made = store_at(databases.empty(), connections=2)
    with made.engine.begin() as connection:
        create_kit_tables(Operations(MigrationContext.configure(connection)))
    yield made
    made.engine.dispose()


def turn(store: Store, name: str, *, seconds: float = 60, now: datetime | None = None) -> bool:
    with store.transaction(now=now) as tx:
        return take_turn(tx, name, seconds)


def test_the_first_takes_the_turn_and_the_next_waits_a_period(store: Store) -> None:
    assert turn(store, "first")
    assert not turn(store, "first")
    assert turn(store, "another")
    assert turn(store, "short", seconds=0.001)
    eventually(lambda: turn(store, "short", seconds=0.001))


def test_while_one_has_the_turn_nobody_else_does(store: Store) -> None:
    turn(store, "held", seconds=0.001)
    with store.transaction() as tx:
        assert take_turn(tx, "held", 0.001)
        assert not turn(store, "held", seconds=0.001)


@pytest.mark.parametrize("wrong", [LONG_AGO, FAR_AHEAD])
def test_a_copy_whose_clock_is_wrong_takes_no_turn_too_many_and_stops_no_other(
    store: Store, wrong: datetime
) -> None:
    name = f"wrong {wrong.year}"
    assert turn(store, name, now=wrong)
    assert not turn(store, name, now=wrong)
    assert not turn(store, name)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE timer_run SET ran_at = ran_at - interval '1 minute'"))
    assert turn(store, name)


def test_a_run_noted_before_the_databases_clock_was_set_back_stops_nobody(store: Store) -> None:
    turn(store, "set back")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE timer_run SET ran_at = now() + interval '48 hours'"))
    assert turn(store, "set back")


def test_what_cannot_be_undone_waits_for_the_later_of_two_clocks(store: Store) -> None:
    with store.transaction() as tx:
        assert abs(tx.careful_now - tx.now) < timedelta(seconds=5)
        tx.now += timedelta(hours=48)
        assert tx.careful_now < tx.now - timedelta(hours=47)
        tx.now -= timedelta(hours=96)
        assert tx.careful_now == tx.now
    with store.transaction(now=FAR_AHEAD) as tx:
        assert tx.careful_now == FAR_AHEAD


@pytest.mark.parametrize(("environment", "moved"), [({}, False), ({"PORTICO_ENVIRONMENT": "production"}, False), ({"PORTICO_ENVIRONMENT": "test"}, True)])  # fmt: skip # noqa: E501
def test_a_clock_can_be_set_wrong_by_a_file_but_not_in_production(
    tmp_path, environment: dict[str, str], moved: bool
) -> None:
    file = tmp_path / "clock"
    file.write_text("-172800")
    code = (
        "from datetime import datetime, UTC; from portico_kit.clock import now; "
        "print(round((now() - datetime.now(UTC)).total_seconds()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PORTICO_CLOCK_FILE": str(file), **environment},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (run.returncode == 0) is moved
    assert run.stdout.strip() == ("-172800" if moved else "")
    assert moved or "production" in run.stderr


def test_a_timer_that_fails_ticks_less_often_until_it_no_longer_does() -> None:
    pauses = [0.1]
    for _ in range(8):
        pauses.append(pause_after(period=0.1, last=pauses[-1], good=False))
    assert pauses[1:4] == [0.2, 0.4, 0.8] and pauses[-1] == LONGEST_PAUSE
    assert pause_after(period=0.1, last=pauses[-1], good=True) == 0.1
    assert pause_after(period=60, last=60, good=False) == 60
