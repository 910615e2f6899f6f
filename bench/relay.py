"""relay_events: how fast a full outbox empties, each event confirmed by a quorum queue.

The relay is the real program, on an outbox of its own, so that nobody's reactions run meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pika
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine

from bench.baselines.publishing import publish
from bench.figures import Figure, figure, middle
from bench.house import BENCH, House
from portico_contracts.scheduling import AppointmentBooked
from portico_kit import topology
from portico_kit.database import connect
from portico_kit.ids import new_id
from portico_kit.outbox import write
from portico_kit.relay import BATCH
from portico_kit.tables import create_kit_tables

EXCHANGE, QUEUE, KEY = f"{BENCH}.events", f"{BENCH}.normal", "AppointmentBooked.v1"
DONE_WITHIN = 90.0
MULTIPLY = (
    "INSERT INTO outbox (event_id, name, version, aggregate_id, sequence, occurred_at, data) "
    "SELECT gen_random_uuid(), name, version, gen_random_uuid()::text, 1, occurred_at, data "
    "FROM outbox, generate_series(2, %s)"
)
TOOK = "SELECT extract(epoch FROM max(published_at) - min(published_at)) FROM outbox"


class NotEmptied(Exception):
    """The relay did not empty its outbox in time."""


def measure(house: House, *, rows: int, rounds: int) -> list[Figure]:
    """The relay and bare publishing of the same bodies, in turn; medians."""
    _prepare(house)
    ours, floors = [], []
    for _ in range(rounds):
        ours.append(_relayed(house, rows))
        bodies = _bodies(house, rows)
        _purge(house)
        floors.append(len(bodies) / asyncio.run(publish(house.amqp_url, EXCHANGE, KEY, bodies)))
        _purge(house)
    rate = middle(ours)
    return [
        figure("relay_events", rate, "events/s", baseline=middle(floors), wanted="≥ 2,000/s",
               holds=lambda value: value >= 2000),
    ]  # fmt: skip


def _prepare(house: House) -> None:
    engine = create_engine(house.admin_url().replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.begin() as connection:
        create_kit_tables(Operations(MigrationContext.configure(connection)))
    engine.dispose()
    with pika.BlockingConnection(pika.URLParameters(house.amqp_url)) as broker:
        channel = broker.channel()
        topology.declare(channel, [], services=(BENCH,))
        channel.queue_bind(QUEUE, EXCHANGE, KEY)


def _relayed(house: House, rows: int) -> float:
    """Events a second, by the database's clock, from the first batch's confirms to the last's."""
    _fill(house, rows)
    with _relay(house):
        deadline = time.monotonic() + DONE_WITHIN
        while house.rows("SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1"):
            if time.monotonic() > deadline:
                raise NotEmptied
            time.sleep(0.2)
    return (rows - BATCH) / float(house.rows(TOOK)[0][0])


def _fill(house: House, rows: int) -> None:
    """One visit as scheduling announces it, by the kit's own hand; then as many again."""
    house.rows("TRUNCATE outbox, aggregate_sequence")
    engine = connect(house.admin_url(), pooled=False)
    now = datetime.now(UTC)
    with engine.begin() as connection:
        write(connection, _visit(now), occurred_at=now)
    house.rows(MULTIPLY, (rows,))
    house.rows("VACUUM ANALYZE outbox")


def _visit(now: datetime) -> AppointmentBooked:
    return AppointmentBooked(
        appointment_id=new_id(), patient_id=new_id(), provider_id=new_id(),
        provider_name="Dr. Amara Okafor", visit_type="follow_up", mode="in_person",
        starts_at=now, ends_at=now, zone="America/New_York", location_id=new_id(),
        location_name="Main Street clinic", location_address="120 Main Street, 2nd floor",
        revision=0, booked_by="patient",
    )  # fmt: skip


@contextmanager
def _relay(house: House) -> Iterator[None]:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PORTICO_RELAY_SERVICES": BENCH,
        "PORTICO_RELAY_BENCH_DATABASE_URL": house.admin_url(),
        "PORTICO_RELAY_BENCH_AMQP_URL": house.amqp_url,
    }
    with (house.home.logs / "bench-relay.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portico_kit.relay"], env=environment, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _bodies(house: House, rows: int) -> list[bytes]:
    """The very messages that the relay sent, taken back out of the queue."""
    bodies: list[bytes] = []
    with pika.BlockingConnection(pika.URLParameters(house.amqp_url)) as broker:
        channel = broker.channel()
        channel.basic_qos(prefetch_count=1000)
        for method, _properties, body in channel.consume(QUEUE, inactivity_timeout=5):
            if method is None:
                break
            bodies.append(body)
            if len(bodies) == rows:
                channel.basic_ack(method.delivery_tag, multiple=True)
                break
            if len(bodies) % 500 == 0:
                channel.basic_ack(method.delivery_tag, multiple=True)
        channel.cancel()
    if len(bodies) != rows:
        raise NotEmptied(f"{len(bodies)} of {rows} events are in the queue")
    return bodies


def _purge(house: House) -> None:
    with pika.BlockingConnection(pika.URLParameters(house.amqp_url)) as broker:
        broker.channel().queue_purge(QUEUE)
