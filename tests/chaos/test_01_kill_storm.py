"""Everything is killed again and again while patients book: nothing is lost, nothing is twice.

Stock nameko services, which commit and then publish, go through the same with the same clients.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from portico_kit.testing.waiting import eventually
from tests.chaos.case import Case
from tests.chaos.clients import Load
from tests.chaos.effects import sent_again
from tests.chaos.length import SETTLED_WITHIN
from tests.chaos.stock import TARGETS, running_stock, stock_wishes
from tests.chaos.storm import VICTIMS, Storm
from tests.chaos.wishes import CLIENTS, gather


@dataclass(kw_only=True)
class Ours:
    """What our own storm came to, for the baseline to stand beside."""

    accepted: int = 0
    kills: int = 0
    whole: bool = False


@pytest.fixture(scope="module")
def ours() -> Ours:
    return Ours()


def test_a_storm_of_kills_loses_nothing_and_doubles_nothing(
    stage, oracle, seed, length, notes, ours
):
    wishes = gather(stage, bookings=length.of(short=1000, long=10_000), seed=seed)
    # Everybody once in the short form; whose leases outlast it first.
    storm = Storm(kills=length.of(short=len(set(VICTIMS)), long=50), seed=seed)
    deadline = length.of(short=600.0, long=3600.0)
    again_before = sent_again(Case(stage.rows, stage.sinks, None))
    began = time.monotonic()
    with Load(wishes, ports=stage.gateway_ports, seed=seed) as load:
        storm.rage(load, stage.kill, within=deadline)
        log = load.finish(within=deadline)
    took = time.monotonic() - began
    log.write(stage.home.logs / "kill-storm.jsonl")
    since_last = time.monotonic() - storm.last_at
    notes.note("bookings asked for", len(log.wishes), "bookings")
    notes.note("bookings accepted", len(log.accepted), "bookings")
    notes.note("SIGKILLs", sum(storm.struck.values()), "kills")
    notes.note("the load lasted", took, "s")
    notes.note("requests made again under the same key", log.repeated, "requests")

    # Beside other work everything is slower: then it is enough that all is right in the end.
    oracle.wait_until_right(log, within=max(5.0, length.to_settle() - since_last))
    settled = time.monotonic() - storm.last_at
    stage.wait_until_ready()
    again = sent_again(Case(stage.rows, stage.sinks, log)) - again_before
    notes.note("discrepancies that the oracle names", len(oracle.judge(log)), "discrepancies",
               wanted="0", holds=lambda number: number == 0)  # fmt: skip
    notes.note("mail and texts handed over again, and recognised", again, "sends")
    in_time = length.of(short=None, long=lambda seconds: seconds <= SETTLED_WITHIN)
    notes.note("settled after the last kill, load included", settled, "s", wanted="≤ 60 s",
               holds=in_time)  # fmt: skip
    ours.accepted, ours.kills = len(log.accepted), sum(storm.struck.values())
    ours.whole = True


def test_stock_nameko_in_the_same_storm(stage, seed, length, notes, ours):
    bookings = length.of(short=100, long=10_000)
    with running_stock(stage) as stock:
        storm = Storm(kills=length.of(short=2, long=12), seed=seed, victims=tuple(TARGETS))
        wishes = stock_wishes(bookings, clients=CLIENTS)
        with Load(wishes, ports=[stage.house.spare_port], seed=seed, path="/visits") as load:
            storm.rage(load, stock.kill, within=240)
            log = load.finish(within=240)
        eventually(stock.has_caught_up, within=120, what="nothing on its way to the listener")
        lost, unasked = stock.lost(), stock.visits() - len(log.accepted)
    if not ours.whole:
        pytest.skip("our own storm has no result to stand beside")
    notes.note("SIGKILLs, of ours and of stock", ours.kills, "kills",
               baseline=sum(storm.struck.values()))  # fmt: skip
    notes.note("accepted, of ours and of stock", ours.accepted, "bookings",
               baseline=len(log.accepted))  # fmt: skip
    notes.note("bookings whose effect never came", 0, "bookings", wanted="0", baseline=lost)
    notes.note("bookings made twice, or of which nobody was told", 0, "bookings", wanted="0",
               baseline=unasked)  # fmt: skip
