"""What a running service tells of itself at ``/metrics``, looked at every few seconds.

Each copy measures its service's own database and queues, so that a figure is there though the
relay, or the other copies, are not: take the highest of all copies.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import eventlet
import kombu
from sqlalchemy import text

from . import metrics
from .addresses import in_turn
from .bus import BROKEN, CONNECT_DEADLINE, Bus
from .database import Store
from .logs import log
from .timers import Timer

EVERY = 5.0  # seconds
QUEUE_DEADLINE = 5.0  # seconds for the broker to tell of one queue

_OLDEST = text(
    "SELECT (SELECT extract(epoch FROM clock_timestamp() - occurred_at) FROM outbox "
    "WHERE published_at IS NULL ORDER BY seq LIMIT 1) AS outbox, "
    "(SELECT extract(epoch FROM clock_timestamp() - at) FROM audit_row "
    "WHERE shipped_at IS NULL ORDER BY seq LIMIT 1) AS audit"
)
_RAN = text("SELECT name, extract(epoch FROM clock_timestamp() - ran_at) AS ago FROM timer_run")


class Measuring:
    """Measures one container for as long as its process runs."""

    def __init__(self, container: Any) -> None:
        self._service = container.service_name
        self._store: Store = container.portico.store
        self._buses = [e for e in container.extensions if isinstance(e, Bus)]
        timers = (e for e in container.entrypoints if isinstance(e, Timer) and e.shared)
        self._periods = {f"{self._service}.{t.method_name}": t.seconds for t in timers}
        self._queues = Queues(container.portico.config.amqp_url)
        self._began = time.monotonic()

    def start(self) -> None:
        """Begin, beside everything else."""
        eventlet.spawn_n(self._run)

    def _run(self) -> None:
        while True:
            self.measure()
            eventlet.sleep(EVERY)

    def measure(self) -> None:
        """Look at everything once; what does not answer is told as being away."""
        try:
            self._measure_database()
            metrics.database_up.set(1)
        except Exception as problem:
            metrics.database_up.set(0)
            log.warning("measuring.no_database", error=type(problem).__name__)
        if self._buses:
            there = [bus for bus in self._buses if bus.connected]
            metrics.broker_up.set(there == self._buses)
            if there:
                self._queues.measure(i.queue for bus in there for i in bus.intakes)

    def _measure_database(self) -> None:
        with self._store.transaction() as tx:
            oldest = tx.execute(_OLDEST).one()
            ran = {row.name: float(row.ago) for row in tx.execute(_RAN)}
        metrics.outbox_oldest_seconds.labels(self._service).set(float(oldest.outbox or 0))
        metrics.audit_oldest_seconds.labels(self._service).set(float(oldest.audit or 0))
        for name, period in self._periods.items():
            # One that never ran is late since this process knows of it.
            ago = ran.get(name, time.monotonic() - self._began)
            metrics.timer_late_seconds.labels(name).set(max(0.0, ago - period))


class Queues:
    """How much waits in queues, and for how long some of it has: by a connection of its own."""

    def __init__(self, url: str) -> None:
        self._addresses = in_turn(url)
        self._connection: Any = None
        self._channel: Any = None
        self._since: dict[str, float] = {}

    def measure(self, names: Iterable[str]) -> None:
        """Ask the broker for each of them; one that does not answer is asked again next time."""
        try:
            with eventlet.Timeout(QUEUE_DEADLINE):
                for name in names:
                    self._tell(name, self._count(name))
        except (eventlet.Timeout, *BROKEN) as problem:
            log.warning("measuring.no_queue", error=type(problem).__name__)
            self._drop()

    def _count(self, name: str) -> int:
        if self._connection is None:
            # No heartbeat: whoever asks has a deadline.
            self._connection = kombu.Connection(
                next(self._addresses), heartbeat=0, connect_timeout=CONNECT_DEADLINE
            )
            self._connection.connect()
            self._channel = self._connection.connection.channel()
        return int(self._channel.queue_declare(name, passive=True).message_count)

    def _tell(self, name: str, waiting: int) -> None:
        now = time.monotonic()
        since = self._since.setdefault(name, now) if waiting else self._since.pop(name, now)
        metrics.events_waiting.labels(name).set(waiting)
        metrics.events_waiting_seconds.labels(name).set(now - since if waiting else 0.0)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect()
