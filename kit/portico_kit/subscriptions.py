"""Reactions: a service hears an event, applies it once, and only then acknowledges."""

from __future__ import annotations

import functools
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
from .retries import Again, Retries, note_failure

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
            return note_failure(runtime, delivery, problem)

    # A database that is away is not the event's fault: it (and the queue behind it) is held.
    metrics.reactions.labels(delivery.subscription, patiently(once)).inc()


class EventQueue(SharedExtension):
    """The service's event queues: reads, keeps each aggregate's order, acknowledges."""

    bus = Bus()

    def __init__(self) -> None:
        self.subscriptions: dict[str, list[Subscription]] = {}
        self._lanes: set[str] = set()
        self._chains: dict[str, deque[tuple[Any, bytes, Envelope]]] = {}
        self._others: dict[str, Again] = {}
        self._other_queues: dict[str, str] = {}
        self._burying = False

    def register(self, subscription: Subscription) -> None:
        """Add a subscription, and its lane's queue where it is the first there."""
        name, promise = self.container.service_name, subscription.promise
        # Three lanes at the most: however long events are held, workers are left for requests.
        prefetch = max(2, self.container.max_workers // 4)
        self._bury_what_is_dead()
        if promise.lane not in self._lanes:
            self._lanes.add(promise.lane)
            self.bus.add(Intake(f"{name}.{promise.lane}", self._deliver, prefetch=prefetch))
        self.subscriptions.setdefault(promise.routing_key, []).append(subscription)

    def also(self, title: str, queue: str, again: Again) -> None:
        """Keep what fails in another queue of this service as well: as ``title``'s dead letters,
        which ``again`` applies once a person has had them tried again."""
        self._others[title] = again
        self._other_queues[queue] = title
        self._bury_what_is_dead()

    def _bury_what_is_dead(self) -> None:
        if not self._burying:
            self._burying = True
            self.bus.add(Intake(f"{self.container.service_name}.dead", self._bury, prefetch=5))

    def start(self) -> None:
        retries = Retries(self.container.portico, self._reactions, self._others)
        self.container.spawn_managed_thread(retries.run, identifier="retries")

    def _reactions(self, envelope: Envelope) -> list[tuple[str, inbox.Reaction]]:
        found = self.subscriptions.get(f"{envelope.name}.v{envelope.version}", [])
        return [(subscription.title, subscription.reaction) for subscription in found]

    def _deliver(self, message: Any) -> None:
        body = bytes_of(message.body)
        try:
            envelope = decode(body)
        except NotUnderstood as problem:
            self.keep(message, body, f"not understood: {problem}")
            return
        if message.delivery_info["exchange"] != f"{envelope.producer}.events":
            # Every account may write to the default exchange, by which answers travel, and so to
            # any queue; only the producer's own may write to its exchange.
            self.keep(message, body, "not by its producer's exchange")
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
            self.keep(message, body, "nobody here subscribes to it")
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
            self._next(envelope.aggregate_id)
        else:
            self._hand_back(message, envelope.aggregate_id)

    def _hand_back(self, message: Any, aggregate_id: str) -> None:
        """Give a message back to its queue, and those behind it about the same thing: in order."""
        self.bus.reject(message)
        for waiting, _body, _envelope in self._chains.pop(aggregate_id):
            self.bus.reject(waiting)

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
        self.keep(message, bytes_of(message.body), "delivered too often")

    def keep(self, message: Any, body: bytes, error: str) -> None:
        """Make a dead letter of a message, and acknowledge it once that stands."""
        eventlet.spawn_n(self._keep_now, message, body, error)

    def _keep_now(self, message: Any, body: bytes, error: str) -> None:
        anything = f"{self.container.service_name}.*"
        title = self._other_queues.get(_died_in(message), anything)
        if self._stored(message, lambda tx: dead_letters.unreadable(tx, title, body, error)):
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


def _died_in(message: Any) -> str:
    headers = message.properties.get("application_headers") or {}
    return str(headers.get("x-first-death-queue", ""))


def bytes_of(body: Any) -> bytes:
    """A message's body, whatever its sender called it."""
    return body.encode() if isinstance(body, str) else bytes(body)
