"""Reactions: a service hears an event, applies it once, and only then acknowledges."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any

import eventlet
from nameko.extensions import Entrypoint, SharedExtension, register_entrypoint

from portico_contracts.event import Envelope, Promise, promise_of
from portico_contracts.wire import NotUnderstood, decode

from . import dead_letters, inbox, metrics
from .bus import Bus, Intake
from .calls import Runtime
from .clock import now
from .database import is_away
from .fail_points import reach
from .inbox import Delivery
from .logs import log, where
from .patience import patiently

RETRY_EVERY = 0.5  # seconds between looks for deliveries that have come due
MEASURE_EACH = 20  # looks between measurements
SUSPECT = 3  # times a message came back unacknowledged before it is tried apart from the others


def subscribe(event: type[Any]) -> Callable[..., Any]:
    """React to ``event`` with the decorated method, which gets ``(tx, event)``.

    The effect happens exactly once per event; an exception means another attempt after 10 s,
    1 min, 10 min and 1 h, and then a dead letter. The contract must name this service in
    ``heard_by``, or nothing arrives.
    """
    promise = promise_of(event)

    def declare(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def hear(self: Any, delivery: Delivery) -> None:
            _hear(self.database, delivery, functools.partial(method, self))

        hear.promise = promise  # type: ignore[attr-defined]
        register_entrypoint(hear, Subscription(promise))
        return hear

    return declare


def _hear(runtime: Runtime, delivery: Delivery, reaction: inbox.Reaction) -> None:
    def once() -> str:
        try:
            return inbox.react(runtime.store, delivery, reaction, now=now())
        except Exception as problem:
            if is_away(problem):
                raise
            return _failed(runtime, delivery, problem)

    # A database that is away is not the event's fault: it (and the queue behind it) is held.
    metrics.reactions.labels(delivery.subscription, patiently(once)).inc()


def _failed(runtime: Runtime, delivery: Delivery, problem: Exception, *, letter: Any = None) -> str:
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


class EventQueue(SharedExtension):
    """The service's event queues: reads, keeps each aggregate's order, acknowledges."""

    bus = Bus()

    def __init__(self) -> None:
        self.subscriptions: dict[str, list[Subscription]] = {}
        self._lanes: set[str] = set()
        self._chains: dict[str, deque[tuple[Any, bytes, Envelope]]] = {}

    def register(self, subscription: Subscription) -> None:
        """Add a subscription, and its lane's queue where it is the first there."""
        name, promise = self.container.service_name, subscription.promise
        # Three lanes at the most: however long events are held, workers are left for requests.
        prefetch = max(2, self.container.max_workers // 4)
        if not self.subscriptions:
            self.bus.add(Intake(f"{name}.dead", self._bury, prefetch=5))
        if promise.lane not in self._lanes:
            self._lanes.add(promise.lane)
            self.bus.add(Intake(f"{name}.{promise.lane}", self._deliver, prefetch=prefetch))
        self.subscriptions.setdefault(promise.routing_key, []).append(subscription)

    def start(self) -> None:
        self.container.spawn_managed_thread(self._retry, identifier="retries")

    def _deliver(self, message: Any) -> None:
        body = _bytes(message.body)
        try:
            envelope = decode(body)
        except NotUnderstood as problem:
            self._keep(message, body, f"not understood: {problem}")
            return
        chain = self._chains.get(envelope.aggregate_id)
        if chain is not None:
            chain.append((message, body, envelope))
            return
        self._chains[envelope.aggregate_id] = deque()
        self._start(message, body, envelope)

    def _start(self, message: Any, body: bytes, envelope: Envelope) -> None:
        subscriptions = self.subscriptions.get(f"{envelope.name}.v{envelope.version}", [])
        if not subscriptions:
            self._keep(message, body, "nobody here subscribes to it")
            self._next(envelope.aggregate_id)
        elif _times_back(message) >= SUSPECT:
            eventlet.spawn_n(self._set_aside, message, body, envelope, subscriptions)
        else:
            self._spawn(message, body, envelope, subscriptions)

    def _spawn(
        self, message: Any, body: bytes, envelope: Envelope, subscriptions: list[Subscription]
    ) -> None:
        outcomes: list[bool] = []

        def done(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            outcomes.append(exc_info is None)
            if len(outcomes) == len(subscriptions):
                self._finish(message, envelope, all(outcomes))
            return result, exc_info

        for subscription in subscriptions:
            delivery = Delivery(subscription.title, envelope, body)
            self.container.spawn_worker(subscription, (delivery,), {}, handle_result=done)

    def _finish(self, message: Any, envelope: Envelope, good: bool) -> None:
        reach("before_ack")
        if good:
            self.bus.ack(message)
        else:
            self.bus.reject(message)
        self._next(envelope.aggregate_id)

    def _set_aside(
        self, message: Any, body: bytes, envelope: Envelope, subscriptions: list[Subscription]
    ) -> None:
        """Leave a message that came back again and again to the retries.

        They try one at a time and count before they try: what ends its process runs out of
        attempts there, and those that were under way beside it do not share its fate.
        """

        def write(tx: Any) -> None:
            for subscription in subscriptions:
                dead_letters.park(tx, Delivery(subscription.title, envelope, body))

        if self._stored(message, write):
            log.warning("event.set_aside", event_id=envelope.event_id, event_name=envelope.name)
        self._next(envelope.aggregate_id)

    def _next(self, aggregate_id: str) -> None:
        chain = self._chains[aggregate_id]
        if chain:
            self._start(*chain.popleft())
        else:
            del self._chains[aggregate_id]

    def _bury(self, message: Any) -> None:
        # The broker gave up on it: it came back too often, having ended its process each time.
        self._keep(message, _bytes(message.body), "delivered too often")

    def _keep(self, message: Any, body: bytes, error: str) -> None:
        eventlet.spawn_n(self._keep_now, message, body, error)

    def _keep_now(self, message: Any, body: bytes, error: str) -> None:
        name = self.container.service_name
        if self._stored(message, lambda tx: dead_letters.unreadable(tx, f"{name}.*", body, error)):
            log.error("dead_letter.kept", error=error, bytes=len(body))

    def _stored(self, message: Any, write: Callable[[Any], None]) -> bool:
        """Write in a transaction, then acknowledge; whether that came to be."""

        def once() -> None:
            with self.container.portico.store.transaction() as tx:
                write(tx)

        try:
            patiently(once)
        except Exception as problem:
            log.error("dead_letter.not_kept", error=type(problem).__name__, where=where(problem))
            eventlet.sleep(1)
            self.bus.reject(message)
            return False
        self.bus.ack(message)
        return True

    def _retry(self) -> None:
        for turn in itertools.count():
            eventlet.sleep(RETRY_EVERY)
            try:
                while self._retry_one():
                    pass
                if turn % MEASURE_EACH == 0:
                    self._measure()
            except Exception as problem:
                log.warning("retries.paused", error=type(problem).__name__)
                eventlet.sleep(2)

    def _measure(self) -> None:
        with self.container.portico.store.transaction() as tx:
            found = dead_letters.counts(tx)
        metrics.dead_letters.set(found[dead_letters.DEAD])
        metrics.retries_waiting.set(found[dead_letters.WAITING])

    def _retry_one(self) -> bool:
        runtime = self.container.portico
        with runtime.store.transaction() as tx:
            letter = dead_letters.claim(tx, delays=runtime.retry_delays)
        if letter is None:
            return False
        delivery = None
        try:
            with runtime.store.transaction() as tx:
                if not dead_letters.still_mine(tx, letter):
                    return True
                if letter.event_id is None:
                    self._read_again(tx, letter)
                    return True
                delivery, reaction = self._again(letter)
                inbox.apply(tx, delivery, reaction)
                dead_letters.settled(tx, letter)
        except NotUnderstood as problem:
            self._give_back(letter, problem)
        except Exception as problem:
            if delivery is None or is_away(problem):
                raise
            _failed(runtime, delivery, problem, letter=letter)
        return True

    def _again(self, row: Any) -> tuple[Delivery, inbox.Reaction]:
        body = bytes(row.body)
        envelope = decode(body)
        for subscription in self._subscribed(envelope):
            if subscription.title == row.subscription:
                return Delivery(row.subscription, envelope, body), subscription.reaction
        raise NotUnderstood("nobody here subscribes to it")

    def _read_again(self, tx: Any, row: Any) -> None:
        """A letter that could not be read, or killed its process: now as one delivery for each
        subscription, so that none that has had its effect has it again."""
        body = bytes(row.body)
        envelope = decode(body)
        for subscription in self._subscribed(envelope):
            dead_letters.park(tx, Delivery(subscription.title, envelope, body))
        dead_letters.settled(tx, row)

    def _subscribed(self, envelope: Envelope) -> list[Subscription]:
        found = self.subscriptions.get(f"{envelope.name}.v{envelope.version}", [])
        if not found:
            raise NotUnderstood("nobody here subscribes to it")
        return found

    def _give_back(self, row: Any, problem: NotUnderstood) -> None:
        # Not left waiting: it would stand before all others, and be tried for ever.
        error = f"not understood: {problem}"
        with self.container.portico.store.transaction() as tx:
            dead_letters.unread(tx, row.id, error)
        log.error("dead_letter.kept", error=error, bytes=len(row.body))


class Subscription(Entrypoint):
    """nameko's view of one reaction."""

    queue = EventQueue()

    def __init__(self, promise: Promise) -> None:
        super().__init__()
        self.promise = promise

    def setup(self) -> None:
        self.queue.register(self)

    @property
    def title(self) -> str:
        """The name of this subscription in the inbox: ``service.method``."""
        return f"{self.container.service_name}.{self.method_name}"

    def reaction(self, tx: Any, event: Any) -> object:
        """The undecorated method, on an instance of the service."""
        method = getattr(self.container.service_cls, self.method_name).__wrapped__
        service = self.container.service_cls()
        service.database = self.container.portico
        return method(service, tx, event)


def _times_back(message: Any) -> int:
    headers = message.properties.get("application_headers") or {}
    # Counted by quorum queues; absent the first time.
    return int(headers.get("x-delivery-count") or 0)


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)
