"""Everything is killed again and again while patients book: nothing is lost, nothing is twice."""

from __future__ import annotations

import time

from tests.chaos.case import Case
from tests.chaos.clients import Load
from tests.chaos.effects import sent_again
from tests.chaos.storm import Storm
from tests.chaos.wishes import gather

SETTLED_WITHIN = 60.0  # seconds from the last kill


def test_a_storm_of_kills_loses_nothing_and_doubles_nothing(stage, oracle, seed, length, notes):
    wishes = gather(stage, bookings=length.of(short=1000, long=10_000), seed=seed)
    storm = Storm(kills=length.of(short=9, long=50), seed=seed)
    deadline = length.of(short=150.0, long=1500.0)
    again_before = sent_again(Case(stage.rows, stage.sinks, None))
    began = time.monotonic()
    with Load(wishes, ports=stage.gateway_ports, seed=seed) as load:
        storm.rage(load, stage.kill, within=deadline)
        log = load.finish(within=deadline)
    took = time.monotonic() - began
    log.write(stage.home.logs / "kill-storm.jsonl")
    oracle.wait_until_right(log, within=SETTLED_WITHIN - (time.monotonic() - storm.last_at))
    settled = time.monotonic() - storm.last_at
    stage.wait_until_ready()

    again = sent_again(Case(stage.rows, stage.sinks, log)) - again_before
    notes.note("bookings accepted", len(log.accepted), "bookings")
    notes.note("kills", sum(storm.struck.values()), "SIGKILLs")
    notes.note("load lasted", took, "s")
    notes.note("attempts made again", log.repeated, "requests")
    notes.note("accepted bookings missing", 0, "bookings", wanted="0")
    notes.note("sends recognised by the sink as repeated", again, "mails and texts")
    notes.note("settled after the last kill", settled, "s", wanted="≤ 60 s",
               holds=lambda seconds: seconds <= SETTLED_WITHIN)  # fmt: skip
