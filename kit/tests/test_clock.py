"""Times of one thing go up, whatever the clock does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portico_kit.clock import now
from portico_kit.ids import new_id


def test_times_of_one_aggregate_go_up_even_when_the_clock_goes_back(bench: Any) -> None:
    from toy_contracts import ThingHappened

    thing_id, moment = new_id(), now()
    for hours in (0, 48, 1, 0, 50):
        with bench.store.transaction(now=moment + timedelta(hours=hours)) as tx:
            tx.announce(ThingHappened(thing_id=thing_id, number=hours))
            tx.announce(ThingHappened(thing_id=new_id(), number=hours))
    mine = f"FROM outbox WHERE aggregate_id = '{thing_id}' ORDER BY sequence"
    times = [row[0] for row in bench.rows(f"SELECT occurred_at {mine}")]
    assert times == sorted(set(times))
    assert (times[0], times[1]) == (moment, moment + timedelta(hours=48))
    assert times[3] - times[1] < timedelta(seconds=1)
    assert times[4] == moment + timedelta(hours=50)
    others = bench.rows(f"SELECT max(occurred_at) FROM outbox WHERE aggregate_id <> '{thing_id}'")
    assert others == [(moment + timedelta(hours=50),)]
