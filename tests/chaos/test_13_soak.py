"""Half of peak load and a kill a minute for a long time: nothing is lost, and nothing grows."""

from __future__ import annotations

import os
import time

import pytest

from tests.chaos.clients import Load
from tests.chaos.soak import Watch, slope
from tests.chaos.storm import VICTIMS, Storm
from tests.chaos.wishes import CLIENTS, gather

RATE = 20.0  # bookings a second: half of the 40 that the system is built for (architecture §7)
MINUTES = 120
LOOK_EVERY = 10.0
# What may grow in an hour, by least squares. Memory: the gateway's sessions and the services'
# keys are remembered up to a limit that this load does not reach.
BOUNDS = {
    "memory": (60.0, "MB/h"),
    "open files": (20.0, "files/h"),
    "greenlets": (20.0, "greenlets/h"),
    "database sessions": (5.0, "sessions/h"),
}


def test_a_slope_is_found_within_lives_and_not_between_them():
    rising = [(0.0, 5.0), (1.0, 7.0), (2.0, 9.0)]
    lower_later = [(10.0, 1.0), (11.0, 3.0)]
    assert slope([rising, lower_later]) == pytest.approx(2.0)
    assert slope([[(3.0, 1.0)]]) == 0.0


def test_a_long_run_with_a_kill_a_minute_stays_flat(stage, oracle, seed, length, notes):
    asked = os.environ.get("PORTICO_CHAOS_SOAK_MINUTES")
    seconds = 60 * float(asked) if asked else length.of(short=5, long=60 * MINUTES)
    is_soak = seconds >= 600
    wishes = gather(stage, bookings=int(seconds * RATE), seed=seed)
    watch = Watch(stage) if is_soak else Watch(stage, warm_after=0.0)
    kills = max(1, int(seconds // 60))
    # The lease of what notifications sends when it is killed outlasts the short form.
    victims = ("records", "messaging", "billing") if not is_soak else VICTIMS
    storm = Storm(kills=kills, seed=seed, victims=victims)
    began = time.monotonic()
    with Load(wishes, ports=stage.gateway_ports, seed=seed, pace=CLIENTS / RATE) as load:
        storm.rage(
            load, stage.kill, within=4 * seconds + 120, meanwhile=_every(LOOK_EVERY, watch.look)
        )
        watch.look()
        log = load.finish(within=4 * seconds + 120)
    lasted = time.monotonic() - began
    stage.wait_until_ready()
    watch.look()
    oracle.wait_until_right(log, within=length.to_settle())

    notes.note("lasted", lasted / 60, "minutes")
    notes.note("load", len(log.accepted) / lasted, "bookings/s")
    notes.note("SIGKILLs", sum(storm.struck.values()), "kills")
    notes.note("discrepancies that the oracle names", len(oracle.judge(log)), "discrepancies",
               wanted="0", holds=lambda number: number == 0)  # fmt: skip
    for what, (bound, unit) in BOUNDS.items():
        slopes = watch.slopes(what)
        assert slopes, f"no sample of {what}"
        if is_soak:  # a slope over some seconds says nothing
            name = max(slopes, key=lambda each: slopes[each])
            notes.note(
                f"{what}, most of all in {name}",
                slopes[name],
                unit,
                wanted=f"≤ {bound:g}",
                holds=lambda value, most=bound: value <= most,
            )


def _every(seconds, work):
    """Work that is done when it is called, but not more often than that."""
    last = [0.0]

    def now_and_then():
        if time.monotonic() - last[0] >= seconds:
            last[0] = time.monotonic()
            work()

    return now_and_then
