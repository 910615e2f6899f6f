"""Every fail point ends its process again and again while patients book, by both roads."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping

from portico_kit.fail_points import PLACES
from portico_kit.testing.waiting import eventually
from tests.chaos.clients import Load, Log
from tests.chaos.length import SETTLED_WITHIN
from tests.chaos.wishes import gather

DEATHS_WITHIN = 120.0
ENOUGH = 700  # bookings a round: they last until everybody has ended everywhere
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
# Where each process ends, one life after the other. What notifications has leased when it ends
# waits for its lease: that place goes first.
BY_BROKER = {
    "scheduling": ("before_commit", "after_commit"),
    "relay": ("before_publish", "before_confirm"),
    "notifications": ("after_accepted", "before_effect", "before_ack"),
}
# And while the broker is out of reach, when the gateway asks the services themselves.
DIRECT = {"scheduling": ("before_commit", "after_commit")}


def test_every_place_has_its_turn():
    assert {place for places in BY_BROKER.values() for place in places} == {*PLACES}


def test_no_fail_point_loses_or_doubles_anything(stage, oracle, seed, length, notes):
    rounds, pace = length.of(short=1, long=20), length.of(short=1.0, long=0.5)
    wishes = gather(stage, bookings=rounds * ENOUGH, seed=seed)
    log, died, chance = Log({}), Counter[str](), random.Random(seed)
    try:
        for number, share in enumerate(split(wishes, rounds)):
            with Load(share, ports=stage.gateway_ports, seed=seed + number, pace=pace) as load:
                died += deaths(stage, BY_BROKER, chance)
                stage.proxies["broker"].cut()
                died += deaths(stage, DIRECT, chance, road=", by the direct road")
                stage.proxies["broker"].heal()
                log.add(load.stop())
            if number + 1 < rounds:
                anew(stage, number)
    finally:
        stage.proxies["broker"].heal()
        stage.disarm()
    healed_at = time.monotonic()
    stage.wait_until_ready()
    # Beside other work everything is slower: then it is enough that all is right in the end.
    oracle.wait_until_right(log, within=length.to_settle())
    settled = time.monotonic() - healed_at
    for place, times in sorted(died.items()):
        notes.note(f"ended {place}", times, "deaths", wanted=f"{rounds}",
                   holds=lambda number: number == rounds)  # fmt: skip
    notes.note("bookings accepted", len(log.accepted), "bookings")
    notes.note("requests made again under the same key", log.repeated, "requests")
    notes.note("discrepancies that the oracle names", len(oracle.judge(log)), "discrepancies",
               wanted="0", holds=lambda number: number == 0)  # fmt: skip
    in_time = length.of(short=None, long=lambda seconds: seconds <= SETTLED_WITHIN)
    notes.note("settled after the last death", settled, "s", wanted="≤ 60 s", holds=in_time)


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


def deaths(
    stage, lives: Mapping[str, tuple[str, ...]], chance: random.Random, *, road: str = ""
) -> Counter[str]:
    """How often each place ended its process, once each has: one life after the other."""
    met = Counter[str]()
    turns = {name: turn(stage, name, places, chance) for name, places in lives.items()}

    def everybody_died() -> bool:
        for name, ends in [*turns.items()]:
            try:
                place = next(ends)
            except StopIteration:
                del turns[name]
                continue
            met.update([place + road] if place else [])
        return not turns

    eventually(everybody_died, within=DEATHS_WITHIN, what=f"deaths of {lives}")
    return met


def turn(stage, name: str, places: tuple[str, ...], chance: random.Random) -> Iterator[str | None]:
    """Each place once it has ended the process; None for as long as that takes."""
    for place in places:
        before = stage.restarts(name)
        stage.arm(name, place, time=chance.randint(1, LATEST[place]))
        while stage.is_armed(name) or stage.restarts(name) == before:
            yield None
        yield place


def anew(stage, number: int) -> None:
    """Let the supervisor forget how often they have died, or it would wait ever longer."""
    stage.set_settings({name: {"PORTICO_CHAOS_ROUND": str(number)} for name in BY_BROKER})
    stage.wait_until_ready()
