"""Further attempts at deliveries that failed, in their order, each counted before it is made."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import eventlet

from portico_contracts.event import Envelope
from portico_contracts.wire import NotUnderstood, decode

from . import dead_letters, inbox, metrics
from .database import is_away, is_contended
from .inbox import Delivery
from .logs import log, where

if TYPE_CHECKING:
    from .calls import Runtime

EVERY = 0.5  # seconds between looks for deliveries that have come due
PAUSE = 2.0  # seconds after a look that failed
MEASURE_EACH = 20  # looks between measurements
# The subscriptions to an event: each one's name and reaction.
Subscribed = Callable[[Envelope], Iterable[tuple[str, inbox.Reaction]]]
# Applies a letter that is no event.
Again = Callable[[Any, bytes], None]


def note_failure(
    runtime: Runtime, delivery: Delivery, problem: Exception, *, letter: Any = None
) -> str:
    """Write a failed attempt down: the first one, or another one of a letter that was kept."""
    error, delays = f"{type(problem).__name__} at {where(problem)}", runtime.retry_delays
    with runtime.store.transaction() as tx:
        if letter is None:
            state = dead_letters.failed(tx, delivery, error, delays=delays)
        else:
            state = dead_letters.missed(tx, letter, error, delays=delays)
    log.error(
        "reaction.failed",
        subscription=delivery.subscription,
        event_id=delivery.envelope.event_id,
        event_name=delivery.envelope.name,
        error=type(problem).__name__,
        where=where(problem),
        state=state,
    )
    return state


class Retries:
    """Looks for deliveries that have come due and applies them, one at a time."""

    def __init__(
        self, runtime: Runtime, subscribed: Subscribed, others: Mapping[str, Again]
    ) -> None:
        self._runtime = runtime
        self._subscribed = subscribed
        self._others = others

    def run(self) -> None:
        """Go on until the process ends."""
        for turn in itertools.count():
            eventlet.sleep(EVERY)
            try:
                while self._retry_one():
                    pass
                if turn % MEASURE_EACH == 0:
                    self._measure()
            except Exception as problem:
                log.warning("retries.paused", error=type(problem).__name__)
                eventlet.sleep(PAUSE)

    def _measure(self) -> None:
        with self._runtime.store.transaction() as tx:
            found, skew = dead_letters.counts(tx), (tx.now - tx.shared_now).total_seconds()
        metrics.clock_skew_seconds.set(skew)
        metrics.dead_letters.set(found[dead_letters.DEAD])
        metrics.retries_waiting.set(found[dead_letters.WAITING])

    def _retry_one(self) -> bool:
        with self._runtime.store.transaction() as tx:
            letter = dead_letters.claim(tx, delays=self._runtime.retry_delays)
        if letter is None:
            return False
        try:
            if letter.subscription in self._others:
                self._apply_other(letter, self._others[letter.subscription])
            elif letter.event_id is None:
                self._read_again(letter)
            else:
                self._apply(letter, *self._again(letter))
        except NotUnderstood as problem:
            self._give_back(letter, f"not understood: {problem}")
        return True

    def _again(self, letter: Any) -> tuple[Delivery, inbox.Reaction]:
        body = bytes(letter.body)
        envelope = decode(body)
        for title, reaction in self._subscribed(envelope):
            if title == letter.subscription:
                return Delivery(title, envelope, body), reaction
        raise NotUnderstood("nobody here subscribes to it")

    def _apply(self, letter: Any, delivery: Delivery, reaction: inbox.Reaction) -> None:
        try:
            with self._runtime.store.transaction() as tx:
                if dead_letters.still_mine(tx, letter):
                    inbox.apply(tx, delivery, reaction)
                    dead_letters.settled(tx, letter)
        except Exception as problem:
            if is_away(problem):
                raise
            note_failure(self._runtime, delivery, problem, letter=letter)

    def _apply_other(self, letter: Any, again: Again) -> None:
        try:
            with self._runtime.store.transaction() as tx:
                if dead_letters.still_mine(tx, letter):
                    again(tx, bytes(letter.body))
                    dead_letters.settled(tx, letter)
        except Exception as problem:
            if is_away(problem) or is_contended(problem):
                raise
            self._give_back(letter, f"{type(problem).__name__} at {where(problem)}")

    def _read_again(self, letter: Any) -> None:
        """A letter that could not be read, or killed its process: now as one delivery for each
        subscription, so that none that has had its effect has it again."""
        body = bytes(letter.body)
        envelope = decode(body)
        titles = [title for title, _ in self._subscribed(envelope)]
        if not titles:
            raise NotUnderstood("nobody here subscribes to it")
        with self._runtime.store.transaction() as tx:
            if dead_letters.still_mine(tx, letter):
                for title in titles:
                    dead_letters.park(tx, Delivery(title, envelope, body))
                dead_letters.settled(tx, letter)

    def _give_back(self, letter: Any, error: str) -> None:
        # Not left waiting: it would stand before all others, and be tried for ever.
        with self._runtime.store.transaction() as tx:
            dead_letters.unread(tx, letter.id, error)
        log.error("dead_letter.kept", error=error, bytes=len(letter.body))
