"""A channel's providers: the first while it works, the next while it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import eventlet
from prometheus_client import Counter, Gauge

from portico_contracts.notifications import Channel
from portico_kit.logs import log

from ..domain import LONGEST_WAIT_ASKED, NOT_REACHED, Outcome, is_in_doubt, ways_for
from .circuit import Circuit

provider_up = Gauge("portico_provider_up", "Whether a provider works", ["channel", "provider"])
attempts = Counter(
    "portico_provider_attempts", "What providers said", ["channel", "provider", "outcome"]
)

ASKED_SIDE_BY_SIDE = 8


class Provider(Protocol):
    """Whom we hand mail or texts to. ``send_all`` never raises and keeps its deadline."""

    def send_all(self, letters: list[Any]) -> list[Outcome]:
        """Hand over each letter; how each ended, in the same order."""


class Providers:
    """One or more providers, numbered from 1, the preferred one first.

    What they are like is learnt from their answers, by each copy for itself.
    """

    def __init__(
        self,
        channel: Channel,
        *providers: Provider,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.channel = channel
        self._providers = dict(enumerate(providers, start=1))
        self._circuits = {number: Circuit(clock=clock) for number in self._providers}
        for number in self._circuits:
            self._show(number)

    @property
    def usual(self) -> int:
        """Who gets what has no history: the first that works, else the first."""
        return next((n for n, circuit in self._circuits.items() if circuit.works), 1)

    def room(self, most: int) -> int:
        """How many letters can be handed over now, ``most`` at most."""
        return min(most, max(circuit.room for circuit in self._circuits.values()))

    def allot(self, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> list[int | None]:
        """Who gets each delivery; None where nobody may have it at present."""
        left = {number: circuit.room for number, circuit in self._circuits.items()}
        given: dict[int, int | None] = {}
        # A provider that is tried again is tried with what only it may have.
        for place in sorted(range(len(rows)), key=lambda n: not is_in_doubt(rows[n], now=now)):
            ways = ways_for(rows[place], count=len(left), now=now)
            given[place] = next((number for number in ways if left[number] > 0), None)
            if (number := given[place]) is not None:
                left[number] -= 1
        return [given[place] for place in range(len(rows))]

    def send_all(self, letters: Sequence[tuple[int, Any]]) -> list[Outcome]:
        """Hand each letter to its provider; how each ended, in order."""
        lots: dict[int, list[int]] = {}
        for place, (number, _letter) in enumerate(letters):
            lots.setdefault(number, []).append(place)
        ended: dict[int, Outcome] = {}
        # Side by side: one that hangs costs the others no time, and the batch keeps its lease.
        for number, outcomes in eventlet.GreenPool(len(self._providers)).imap(
            lambda n: (n, self._providers[n].send_all([letters[place][1] for place in lots[n]])),
            list(lots),
        ):
            ended |= dict(zip(lots[number], outcomes, strict=True))
            self._learn(number, outcomes)
        return [self._eased(ended[place]) for place in range(len(letters))]

    def ask_all(self, taken: Iterable[tuple[int | None, str]]) -> list[Any]:
        """What providers of texts say of those that they took, some side by side, in order.

        Each is ``(the provider's number, its reference)``; None where it does not answer.
        """
        return list(eventlet.GreenPool(ASKED_SIDE_BY_SIDE).starmap(self._ask, taken))

    def _ask(self, number: int | None, reference: str) -> Any:
        provider: Any = self._providers.get(number or 1)
        return provider.status_of(reference) if provider else None

    def _eased(self, outcome: Outcome) -> Outcome:
        """Without the wait that one provider asked for, where another can take the letter."""
        others = outcome.wait is not None and any(c.room for c in self._circuits.values())
        return replace(outcome, wait=None) if others else outcome

    def _learn(self, number: int, outcomes: Sequence[Outcome]) -> None:
        circuit = self._circuits[number]
        answered = circuit.answers
        for outcome in outcomes:
            self._note(circuit, outcome)
            if outcome != NOT_REACHED:
                attempts.labels(self.channel, str(number), _said(outcome)).inc()
        self._show(number)
        if answered != circuit.answers:
            log.warning(
                "provider.back" if circuit.answers else "provider.down",
                channel=self.channel,
                provider=number,
            )

    def _note(self, circuit: Circuit, outcome: Outcome) -> None:
        if outcome.of_letter:
            return
        if outcome.state != "queued":
            circuit.succeeded()
            return
        circuit.failed()
        if outcome.wait:
            circuit.rest(min(outcome.wait, LONGEST_WAIT_ASKED).total_seconds())

    def _show(self, number: int) -> None:
        provider_up.labels(self.channel, str(number)).set(self._circuits[number].answers)


def _said(outcome: Outcome) -> str:
    if outcome.state != "queued":
        return outcome.state
    return "in_doubt" if outcome.doubt else "later"
