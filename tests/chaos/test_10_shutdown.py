"""Point 10: processes are told to stop, one after another, under load: nobody notices."""

from __future__ import annotations

import http.client
import random
import signal
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import psutil
import pytest

from portico_kit.testing.waiting import eventually
from portico_ops.lifecycle import fares
from portico_ops.processes import SERVICES
from tests.chaos.clients import Load, Log
from tests.chaos.oracle import Oracle
from tests.chaos.readers import Readers
from tests.chaos.stage import Stage
from tests.chaos.wishes import gather

EXIT_WITHIN = 25.0
SETTLED_WITHIN = 120.0
NAMES = (*SERVICES, "gateway", "relay")
AT_ONCE = 2  # successors that start while the next is stopped; more would take all processors
BROKER = pytest.mark.parametrize("broker", ["broker there", "broker away"])


@pytest.fixture(scope="module")
def pairs(stage: Stage) -> Any:
    """Two copies of everything that may have two."""
    stage.scale(**dict.fromkeys((*SERVICES, "gateway"), 2))
    yield
    stage.scale()


def unanswered(log: Log) -> list[str]:
    """Requests that failed although the other copy was tried once where one hung up."""
    tries: dict[str, list[Any]] = {}
    for attempt in log.attempts:
        tries.setdefault(attempt.key, []).append(attempt)
    failed = [a.key for a in log.attempts if a.status >= 500]
    failed += [
        key for key, made in tries.items()
        if any(first.status == second.status == 0 for first, second in pairwise(made))
    ]  # fmt: skip
    return failed + [key for key in log.wishes if key not in log.final]


def stop(stage: Stage, name: str) -> tuple[float, int]:
    """SIGTERM; the seconds until the process has gone, and its pid."""
    pid = stage.pid(name)
    assert pid is not None, f"{name} does not run"
    process, began = psutil.Process(pid), time.monotonic()
    stage.kill(name, signal.SIGTERM)
    process.wait(timeout=60)
    return time.monotonic() - began, pid


def wait_for_successor(stage: Stage, name: str, pid: int) -> None:
    """Return once another process of that name is ready."""
    eventually(lambda: stage.pid(name) not in (pid, None), within=60, what=f"a new {name}")
    # A relay is not ready without a broker, and nobody asks it for anything.
    if name != "relay":
        eventually(lambda: is_ready(stage, name), within=60, what=f"a new {name} that is ready")


def stop_each(stage: Stage, names: Sequence[str], chance: random.Random) -> dict[str, float]:
    """Stop one copy of each in turn, either one: the other serves meanwhile. How long each took."""
    took: dict[str, float] = {}
    starting: list[tuple[str, int]] = []
    for name in names:
        copy = name if name == "relay" else chance.choice((name, f"{name}-2"))
        took[name], pid = stop(stage, copy)
        starting.append((copy, pid))
        if len(starting) > AT_ONCE:
            wait_for_successor(stage, *starting.pop(0))
    for copy, pid in starting:
        wait_for_successor(stage, copy, pid)
    return took


def in_turn(broker: str, chance: random.Random, length: Any) -> list[str]:
    """Everybody, in any order; where it is short, and the broker away, the relay and one more."""
    if length.long or broker == "broker there":
        return chance.sample(NAMES, len(NAMES))
    return ["relay", *chance.sample([name for name in NAMES if name != "relay"], 1)]


def is_ready(stage: Stage, name: str) -> bool:
    return any(fare.ready for fare in fares(stage.home) if fare.name == name)


@BROKER
def test_each_process_in_turn_is_stopped_under_load_and_no_request_fails(
    stage: Stage, oracle: Oracle, pairs: None, broker: str, seed: int, length: Any, notes: Any
) -> None:
    rounds = length.of(short=1, long=20)
    wishes = gather(stage, bookings=length.of(short=160, long=20_000), seed=seed, clients=4)
    sessions = sorted({wish.session for wish in wishes})[:3]
    chance = random.Random(seed)
    longest: dict[str, float] = {}
    try:
        if broker == "broker away":
            stage.proxies["broker"].cut()
        ports = stage.gateway_ports
        with (
            Load(wishes, ports=ports, seed=seed, pace=0.5) as load,
            Readers(sessions, ports=ports, seed=seed, pace=0.3) as readers,
        ):
            for _round in range(rounds):
                names = in_turn(broker, chance, length)
                for name, seconds in stop_each(stage, names, chance).items():
                    longest[name] = max(longest.get(name, 0.0), seconds)
            log = load.stop()
    finally:
        stage.proxies["broker"].heal()
    bad = [look for look in readers.looks if look.status >= 500 or look.status == 0]
    failed = unanswered(log)
    notes.note("processes told to stop", rounds * len(longest), "SIGTERMs")
    notes.note("requests meanwhile", len(log.attempts) + len(readers.looks), "requests")
    notes.note("of them failed", len(failed) + len(bad), "requests")
    notes.note("longest exit", max(longest.values()), "s")
    assert not bad, [(look.path, look.status, round(look.seconds, 1)) for look in bad[:5]]
    assert not failed, [a for a in log.attempts if a.key in failed][:5]
    assert max(longest.values()) <= EXIT_WITHIN, longest
    oracle.wait_until_right(log, within=SETTLED_WITHIN)
    stage.wait_until_ready()


def test_streams_that_are_open_end_with_the_copy_that_they_come_from(
    stage: Stage, seed: int, notes: Any
) -> None:
    (session, *_) = {wish.session for wish in gather(stage, bookings=1, seed=seed, clients=1)}
    line = http.client.HTTPConnection("127.0.0.1", stage.gateway_ports[0], timeout=60)
    line.request("GET", "/me/health/results/live", headers={"Cookie": f"portico={session}"})
    stream = line.getresponse()
    assert (stream.status, stream.readline()) == (200, b": open\n")
    took, pid = stop(stage, "gateway")
    assert b"data:" not in stream.read()  # its end, in good order
    wait_for_successor(stage, "gateway", pid)
    notes.note("exit of a gateway with an open stream", took, "s", wanted="<= 10",
               holds=lambda seconds: seconds <= 10)  # fmt: skip
