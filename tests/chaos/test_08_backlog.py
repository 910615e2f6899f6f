"""Point 8: a hundred thousand messages wait for a slow consumer: nobody urgent waits with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portico_kit.testing.databases import Databases
from portico_kit.testing.waiting import eventually
from tests.chaos.drill import AlarmRaised, NewsTold
from tests.chaos.drill_ground import Ground, message

ALARM_EACH = 0.05  # seconds
MOST_MORE_MEMORY = 20  # %
URGENT_WITHIN = 10.0  # seconds, for 99 of a hundred


@pytest.fixture
def ground(databases: Databases, amqp_url: str, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(databases.empty(), amqp_url, tmp_path)
    yield made
    made.end()


def test_what_is_urgent_does_not_wait_behind_a_backlog_which_takes_no_memory(
    ground: Ground, length: Any, notes: Any
) -> None:
    backlog, seconds = length.of(short=(3_000, 4.0), long=(100_000, 300.0))
    ground.start()
    _warm_up(ground)
    before = ground.memory()
    ground.publish(NewsTold, (message(NewsTold, n) for n in range(backlog)))
    most_waiting = ground.waiting("drill.bulk")

    memory, sent = before, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ground.publish(AlarmRaised, [message(AlarmRaised, sent)])
        sent += 1
        memory = max(memory, ground.memory())
        ground.connection.sleep(ALARM_EACH)  # the pace of the load, not a wait for anything
    still = ground.waiting("drill.bulk")
    eventually(lambda: len(ground.effects("alarm")) >= sent, within=60, what="every alarm's effect")

    late = _seconds_late(ground)
    assert still > 0, "the backlog was gone before the end: nothing was shown"
    assert ground.effects("alarm") == list(range(sent))
    notes.note("messages waiting for a slow consumer", most_waiting, "messages")
    notes.note("urgent ones meanwhile", sent, "messages")
    notes.note("urgent, 99 of 100 within", round(late, 3), "s",
               wanted=f"<= {URGENT_WITHIN}", holds=lambda s: s <= URGENT_WITHIN)  # fmt: skip
    more = round(100 * (memory / before - 1), 1)
    notes.note("more memory than without the backlog", more, "%",
               wanted=f"<= {MOST_MORE_MEMORY}", holds=lambda p: p <= MOST_MORE_MEMORY)  # fmt: skip


def _warm_up(ground: Ground) -> None:
    """What a process that has been at work for a while has in memory."""
    ground.publish(NewsTold, (message(NewsTold, n) for n in range(-100, 0)))
    ground.publish(AlarmRaised, (message(AlarmRaised, n) for n in range(-20, 0)))
    eventually(lambda: len(ground.effects("news")) == 100 and len(ground.effects("alarm")) == 20)
    ground.write("TRUNCATE effect, inbox")


def _seconds_late(ground: Ground) -> float:
    """From when an alarm was raised (its id tells) to its effect: the 99th percentile."""
    query = (
        "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM at) - raised) "
        "FROM effect, LATERAL (SELECT ('x' || lpad(left(replace(thing_id::text, '-', ''), 12), "
        "16, '0'))::bit(64)::bigint / 1000.0 AS raised) r WHERE kind = 'alarm'"
    )
    return float(ground.rows(query)[0][0])
