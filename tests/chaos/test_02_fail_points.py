"""Every fail point ends its process again and again while patients book, by both roads."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass

from portico_kit.fail_points import PLACES
from portico_kit.testing.waiting import eventually
from tests.chaos.clients import Load, Log
from tests.chaos.wishes import gather

ARMED = "PORTICO_FAIL_POINT"
SETTLED_WITHIN = 60.0
DEATHS_WITHIN = 90.0
PACE = 0.2
# At most so often a place is reached before its process ends there: each life does some work.
LATEST = {
    "before_commit": 20,
    "after_commit": 20,
    "before_publish": 3,
    "before_confirm": 3,
    "before_effect": 8,
    "before_ack": 8,
    "after_accepted": 2,
}
ENOUGH = 150  # bookings that a wave has, for every place in it to be met as often


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Which process ends where, at once; ``direct``: while the broker is out of reach."""

    places: dict[str, str]
    direct: bool = False


# What notifications has leased when it ends waits half a minute for it: that wave goes first.
WAVES = (
    Wave(places={"notifications": "after_accepted", "scheduling": "before_commit"}),
    Wave(
        places={
            "scheduling": "after_commit",
            "relay": "before_publish",
            "notifications": "before_effect",
        }
    ),
    Wave(places={"relay": "before_confirm", "notifications": "before_ack"}),
    Wave(places={"scheduling": "before_commit"}, direct=True),
    Wave(places={"scheduling": "after_commit"}, direct=True),
)


def test_every_place_has_its_wave():
    assert {place for wave in WAVES for place in wave.places.values()} == {*PLACES}


def test_no_fail_point_loses_or_doubles_anything(stage, oracle, seed, length, notes):
    times = length.of(short=1, long=2)
    waves = WAVES * length.of(short=1, long=10)
    wishes = gather(stage, bookings=len(waves) * ENOUGH * times, seed=seed)
    log, died, chance = Log({}), Counter[str](), random.Random(seed)
    try:
        for wave, share in zip(waves, split(wishes, len(waves)), strict=True):
            arm(stage, wave, chance)
            with Load(share, ports=stage.gateway_ports, seed=seed, pace=PACE) as load:
                died += deaths(stage, wave, times=times)
                disarm(stage)
                log.add(load.stop())
        stage.wait_until_ready()
    finally:
        disarm(stage)
    healed_at = time.monotonic()
    # Beside other work everything is slower: then it is enough that all is right in the end.
    oracle.wait_until_right(log, within=length.of(short=4, long=1) * SETTLED_WITHIN)
    for place in PLACES:
        for road in (road for road in died if road.startswith(place)):
            notes.note(f"ended {road}", died[road], "deaths")
    notes.note("bookings accepted", len(log.accepted), "bookings")
    notes.note("requests made again under the same key", log.repeated, "requests")
    notes.note("discrepancies that the oracle names", len(oracle.judge(log)), "discrepancies",
               wanted="0", holds=lambda number: number == 0)  # fmt: skip
    notes.note("settled after the last wave", time.monotonic() - healed_at, "s", wanted="≤ 60 s")


def split(wishes, parts):
    """The wishes of each client in so many parts, one after the other."""
    queues: dict[int, list] = {}
    for wish in wishes:
        queues.setdefault(wish.client, []).append(wish)
    for part in range(parts):
        yield [
            wish
            for mine in queues.values()
            for wish in mine[part * len(mine) // parts : (part + 1) * len(mine) // parts]
        ]


def arm(stage, wave, chance):
    """Let processes end in their places."""
    points = {
        name: {ARMED: f"{place}#{chance.randint(1, LATEST[place])}"}
        for name, place in wave.places.items()
    }
    stage.set_settings(points)
    if wave.direct:
        stage.proxies["broker"].cut()


def disarm(stage):
    """Let everybody be whole again; those that are already are left alone."""
    stage.proxies["broker"].heal()
    armed = [name for name in stage.names if ARMED in stage.settings(name)]
    stage.set_settings({name: {ARMED: None} for name in armed})


def deaths(stage, wave, *, times):
    """How often each place was met, once each has been so many times."""
    road, met = ", by the direct road" if wave.direct else "", Counter[str]()

    def everybody_died():
        for name, place in wave.places.items():
            if place + road not in met and (died := stage.restarts(name)) >= times:
                met[place + road] = died
                # One that went on dying would starve the others of what makes them die.
                stage.set_settings({name: {ARMED: None}})
        return len(met) == len(wave.places)

    eventually(everybody_died, within=DEATHS_WITHIN, what=f"{times} deaths of {wave.places}")
    return met
