"""Point 7: one message in a hundred is poison: all of it is parked, and nobody else suffers."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portico_kit import dead_letters
from portico_kit.testing.databases import Databases
from portico_kit.testing.waiting import eventually
from tests.chaos.drill import StepTaken
from tests.chaos.drill_ground import Ground, changed, message

CANARY = "canary-of-cedar-grove"
ONE_IN = 100
MOST_OF_TEN_MEGABYTES = 5
MOST_EXITS = 5
LOOK_EVERY = 0.1  # seconds: looking takes the processor from those who work
SETTLED_WITHIN = 300.0  # a process that is started again takes its time on a busy machine


def _bad_json(_number: int) -> bytes:
    return b'{"name": "StepTaken", "data": {' + CANARY.encode()


def _wrong_type(number: int) -> bytes:
    return changed(message(StepTaken, number), data={"thing_id": CANARY, "number": CANARY})


def _unknown_version(number: int) -> bytes:
    known = json.loads(message(StepTaken, number))["data"]
    return changed(message(StepTaken, number), version=2, data=known | {"metres": 3})


def _ten_megabytes(number: int) -> bytes:
    return changed(message(StepTaken, number), note=CANARY * (10 * 1024 * 1024 // len(CANARY)))


def _well_formed(number: int) -> bytes:
    return message(StepTaken, number)


KINDS: dict[str, Callable[[int], bytes]] = {
    "bad JSON": _bad_json,
    "wrong type": _wrong_type,
    "unknown version": _unknown_version,
    "10 MB": _ten_megabytes,
    "raises": _well_formed,
    "exits": _well_formed,
}
NO_EVENT = ("bad JSON", "wrong type", "10 MB")


@pytest.fixture
def ground(databases: Databases, amqp_url: str, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(databases.empty(), amqp_url, tmp_path)
    yield made
    made.end()


class Mixture:
    """Numbered messages, one in a hundred of them poison of some kind."""

    def __init__(self, chance: random.Random, count: int, kinds: list[str]) -> None:
        numbers = chance.sample(range(1, count + 1), count // ONE_IN)
        chosen = [kinds[i % len(kinds)] for i in range(len(numbers))]
        most = {"10 MB": MOST_OF_TEN_MEGABYTES, "exits": MOST_EXITS}
        for kind, limit in most.items():
            # What is dear to try is tried a few times; the rest of its share raises instead.
            for spare in [i for i, k in enumerate(chosen) if k == kind][limit:]:
                chosen[spare] = "raises"
        self.poison = dict(zip(numbers, chosen, strict=True))
        self.innocent = [n for n in range(1, count + 1) if n not in self.poison]

    def of(self, *kinds: str) -> list[int]:
        """The numbers of the poison of these kinds."""
        return sorted(n for n, kind in self.poison.items() if kind in kinds)

    def bodies(self) -> Iterator[bytes]:
        """All of them, in their order."""
        for number in sorted([*self.poison, *self.innocent]):
            yield KINDS[self.poison.get(number, "raises")](number)

    def prepare(self, ground: Ground) -> None:
        """Tell the service which well-formed ones it must fail on."""
        for does in ("raises", "exits"):
            for number in self.of(does):
                ground.write(f"INSERT INTO poison VALUES ({number}, '{does}')")


def test_poison_is_parked_and_nobody_else_suffers_and_each_is_applied_once_when_it_can_be(
    ground: Ground, seed: int, length: Any, notes: Any
) -> None:
    mixture = Mixture(random.Random(seed), length.of(short=600, long=10_000), list(KINDS))
    mixture.prepare(ground)
    ground.start(PORTICO_RETRY_DELAYS=length.of(short="0.2", long="0.2,0.2,0.2,0.2"))
    ground.publish(StepTaken, mixture.bodies())

    ends = _let_it_settle(ground, mixture)

    assert ground.effects("step") == mixture.innocent
    letters = _letters(ground)
    attempts = Counter(x["attempts"] for x in letters if x["event_name"])
    notes.note("messages", len(mixture.poison) + len(mixture.innocent), "messages")
    notes.note(
        "of them poison, all parked", len(letters), "dead letters",
        wanted=str(len(mixture.poison)), holds=lambda n: n == len(mixture.poison),
    )  # fmt: skip
    notes.note("innocent messages lost or doubled", 0, "messages", wanted="0",
               holds=lambda n: n == 0)  # fmt: skip
    notes.note("times that poison ended the process", ends, "times")
    assert set(attempts) == {length.of(short=2, long=5)}
    _nothing_of_it_was_logged(ground)

    ground.stop()
    ground.write("DELETE FROM poison")
    ground.start("drill_next")
    for letter in [*letters, *letters]:
        with ground.store.transaction() as tx:
            dead_letters.replay(tx, letter["id"])
    curable = sorted({*mixture.poison} - {*mixture.of(*NO_EVENT)})
    wanted = sorted([*mixture.innocent, *curable])
    eventually(
        lambda: len(ground.effects("step")) >= len(wanted), within=SETTLED_WITHIN, every=LOOK_EVERY
    )
    eventually(lambda: _waiting(ground) == 0, within=SETTLED_WITHIN, what="the last attempt's end")
    assert ground.effects("step") == wanted
    assert len(_letters(ground)) == len(mixture.of(*NO_EVENT)), "what is no event is dead again"
    notes.note("replayed twice over, applied once", len(curable), "letters")
    _nothing_of_it_was_logged(ground)


def test_poison_costs_the_others_little(ground: Ground, seed: int, length: Any, notes: Any) -> None:
    count = length.of(short=200, long=10_000)
    mixture = Mixture(random.Random(seed), count, [k for k in KINDS if k != "exits"])
    mixture.prepare(ground)
    ground.start(PORTICO_RETRY_DELAYS="0.2,0.2")
    clean_numbers = [n + count for n in mixture.innocent]
    clean = _pace(ground, (message(StepTaken, n) for n in clean_numbers), clean_numbers)
    spoiled = _pace(ground, mixture.bodies(), mixture.innocent)
    ratio = spoiled / clean
    notes.note("throughput without poison", round(clean), "messages/s")
    notes.note(
        "throughput of the others, beside one poisoned in a hundred",
        round(ratio * 100), "%", wanted=">= 95",
        holds=(lambda p: p >= 95) if length.long else None,
    )  # fmt: skip


def _pace(ground: Ground, bodies: Iterator[bytes], numbers: list[int]) -> float:
    """Innocent messages a second, from the first one's effect to the last one's."""
    prepared = list(bodies)
    ground.publish(StepTaken, prepared)
    span = (
        "SELECT count(*), extract(epoch FROM max(at) - min(at)) FROM effect "
        "WHERE number BETWEEN :first AND :last"
    )
    first, last = min(numbers), max(numbers)

    def done() -> float | None:
        found, seconds = ground.rows(span, first=first, last=last)[0]
        return float(seconds) if found == len(numbers) else None

    return len(numbers) / eventually(done, within=300, what="the last effect", every=LOOK_EVERY)


def _let_it_settle(ground: Ground, mixture: Mixture) -> int:
    """Start the process again whenever poison ended it; how often that was."""
    ends = 0

    def settled() -> bool:
        nonlocal ends
        if ground.start_again_if_ended():
            ends += 1
            # An attempt that ended its process is left alone for a minute: it has passed.
            ground.write("UPDATE failed_delivery SET due_at = now() WHERE state = 'waiting'")
        parked = len(_letters(ground)) == len(mixture.poison)
        return parked and len(ground.effects("step")) >= len(mixture.innocent)

    what = "all poison parked, and the others' effects"
    eventually(settled, within=SETTLED_WITHIN, what=what, every=LOOK_EVERY)
    eventually(lambda: _waiting(ground) == 0, within=SETTLED_WITHIN, what="the last attempt's end")
    return ends


def _letters(ground: Ground) -> list[dict[str, Any]]:
    with ground.store.transaction() as tx:
        return dead_letters.page(tx, limit=200)


def _waiting(ground: Ground) -> int:
    return int(ground.rows("SELECT count(*) FROM failed_delivery WHERE state = 'waiting'")[0][0])


def _nothing_of_it_was_logged(ground: Ground) -> None:
    written = ground.output.read_text()
    assert "canary" not in written
    assert len(written) < 10 * 1024 * 1024, "no body of ten megabytes either"
