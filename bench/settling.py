"""Waiting until the house is quiet, so that one measurement does not pay for the one before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pika
import psycopg
from pika.adapters.blocking_connection import BlockingChannel

from bench.house import House
from portico_ops.processes import SERVICES

QUIET_WITHIN = 120.0
LOOK_EVERY = 0.1
QUIET_LOOKS = 4  # in a row: between two tables an event is nowhere to be seen for a moment
LANES = ("urgent", "normal", "bulk")
QUEUES = tuple(f"{service}.{lane}" for service in SERVICES for lane in LANES)

WAITING = (
    "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) "
    "+ (SELECT count(*) FROM audit_row WHERE shipped_at IS NULL)"
)
UNSENT = "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')"
ANNOUNCED = "SELECT count(*) FROM outbox WHERE name = 'AppointmentBooked'"
HEARD = "SELECT count(*) FROM inbox WHERE subscription = 'notifications.on_visit_booked'"


class NeverQuiet(Exception):
    """Something still waits to be published, heard or sent after two minutes."""


def settle(house: House, *, looks: int = QUIET_LOOKS, within: float = QUIET_WITHIN) -> float:
    """Return, with the seconds it took, once nothing waits to be published, heard or sent.

    ``looks`` in a row must see nothing. Raises NeverQuiet after ``within`` seconds.
    """
    began = time.monotonic()
    with watching(house) as watch:
        quiet = 0
        while True:
            quiet = 0 if watch.is_busy() else quiet + 1
            if quiet >= looks:
                return time.monotonic() - began
            if time.monotonic() - began > within:
                raise NeverQuiet
            time.sleep(LOOK_EVERY)


def is_busy(house: House) -> bool:
    """Whether something waits now to be published, heard or sent."""
    with watching(house) as watch:
        return watch.is_busy()


@dataclass(frozen=True)
class Watch:
    """Kept connections: what is watched has the processors to itself."""

    databases: dict[str, psycopg.Connection]
    channel: BlockingChannel

    def is_busy(self) -> bool:
        """Whether something waits now; what is done last is asked first."""
        return (
            self._count("notifications", UNSENT) > 0
            or any(self._count(service, WAITING) for service in SERVICES)
            or any(self._waits(queue) for queue in QUEUES)
            # Announced and not acted on: between the queue and its effect it is nowhere else.
            or self._count("scheduling", ANNOUNCED) > self._count("notifications", HEARD)
        )

    def _count(self, service: str, query: str) -> int:
        found = self.databases[service].execute(query).fetchone()  # type: ignore[call-overload]
        return int(found[0])

    def _waits(self, queue: str) -> int:
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)


@contextmanager
def watching(house: House) -> Iterator[Watch]:
    """Eyes on every database and on the broker."""
    with ExitStack() as stack:
        databases = {
            service: stack.enter_context(psycopg.connect(house.admin_url(service), autocommit=True))
            for service in SERVICES
        }
        to_broker = pika.URLParameters(house.amqp_url)
        to_broker.heartbeat = 0  # while others are still busy, nobody reads from it
        broker = stack.enter_context(pika.BlockingConnection(to_broker))
        yield Watch(databases, broker.channel())
