"""Waiting until the house is quiet, so that one measurement does not pay for the one before."""

from __future__ import annotations

import time

import pika

from bench.house import House
from portico_ops.processes import SERVICES

QUIET_WITHIN = 120.0
LOOK_EVERY = 0.25
LANES = ("urgent", "normal", "bulk")

WAITING = (
    "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) "
    "+ (SELECT count(*) FROM audit_row WHERE shipped_at IS NULL)"
)
UNSENT = "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')"


class NeverQuiet(Exception):
    """Something still waits to be published, heard or sent after two minutes."""


def settle(house: House) -> float:
    """Return, with the seconds it took, once nothing waits to be published, heard or sent."""
    began = time.monotonic()
    quiet = 0
    while quiet < 3:
        quiet = 0 if is_busy(house) else quiet + 1
        if time.monotonic() - began > QUIET_WITHIN:
            raise NeverQuiet
        time.sleep(LOOK_EVERY)
    return time.monotonic() - began


def is_busy(house: House) -> bool:
    """Whether something waits now to be published, heard or sent."""
    if any(house.rows(WAITING, database=service)[0][0] for service in SERVICES):
        return True
    if _waits_in_a_queue(house):
        return True
    return bool(house.rows(UNSENT, database="notifications")[0][0]) or _unheard(house)


def _waits_in_a_queue(house: House) -> bool:
    """Whether events wait for a service to take them, whatever they are about."""
    queues = [f"{service}.{lane}" for service in SERVICES for lane in LANES]
    connection = pika.BlockingConnection(pika.URLParameters(house.amqp_url))
    try:
        channel = connection.channel()
        declared = (channel.queue_declare(queue, passive=True) for queue in queues)
        return any(queue.method.message_count for queue in declared)
    finally:
        connection.close()


def _unheard(house: House) -> bool:
    """Whether events about visits have been announced that notifications has not acted on."""
    count = "SELECT count(*) FROM {} WHERE {}"
    announced = house.rows(
        count.format("outbox", "name = 'AppointmentBooked'"), database="scheduling"
    )
    heard = house.rows(
        count.format("inbox", "subscription = 'notifications.on_visit_booked'"),
        database="notifications",
    )
    return bool(heard[0][0] < announced[0][0])
