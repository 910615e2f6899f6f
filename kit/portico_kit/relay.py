"""The relay: takes committed events from the outbox to the broker, at least once, in order.

One process for all services' databases, a task each (``PORTICO_RELAY_<SERVICE>_DATABASE_URL`` and
``…_AMQP_URL``), asyncio and pika with hundreds of unconfirmed messages in flight. One relay a
database at a time: an advisory lock; a second copy waits for it.

Reading by ``seq`` alone would skip events of transactions that commit late, so a row leaves only
when every transaction older than its own has ended (``pg_snapshot_xmin``).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg

from . import logs, metrics
from .confirms import Blocked, ConfirmingChannel
from .fail_points import reach
from .logs import log
from .settings import text_of
from .topology import AUDIT_EXCHANGE, SERVICES, UNROUTABLE

BATCH = 500
CONNECT_DEADLINE = 5
CONFIRM_DEADLINE = 20.0
IDLE = 1.0  # seconds between looks when no notice comes
AUDIT_EVERY = 1.0  # seconds: rows gather to hundreds, so that auditing costs a read one insert
KEEP_DAYS = 7
LOCK = 60_201
PRUNE_EVERY = 600.0
MEASURE_EVERY = 5.0

EVENTS = f"""
SELECT seq, event_id, name, version, aggregate_id, sequence, occurred_at, data FROM outbox
WHERE published_at IS NULL AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY seq LIMIT {BATCH}
"""  # noqa: S608
ROWS = f"""
SELECT seq, id, at, actor, patient_ids, category, action, method FROM audit_row
WHERE shipped_at IS NULL AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY seq LIMIT {BATCH}
"""  # noqa: S608
OLDEST = (
    "SELECT extract(epoch FROM now() - min(occurred_at)) FROM outbox WHERE published_at IS NULL"
)


@dataclass(slots=True)
class Relay:
    """Empties the outbox of one service's database for as long as it runs."""

    service: str
    database_url: str
    amqp_url: str
    ready: bool = False
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Work until stopped; come back after every loss of database or broker."""
        pause = 0.2
        while not self._stop.is_set():
            try:
                await self._work()
                pause = 0.2
            except (psycopg.Error, OSError, TimeoutError, ConnectionError, Blocked) as problem:
                log.warning("relay.paused", name=self.service, error=type(problem).__name__)
                self.ready = False
                await self._sleep(pause)
                pause = min(pause * 2, 5.0)

    def stop(self) -> None:
        """Finish the batch under way, then end."""
        self._stop.set()

    async def _work(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self.database_url, autocommit=True, connect_timeout=CONNECT_DEADLINE
        ) as connection:
            if not await self._lock(connection):
                await self._sleep(2.0)
                return
            await connection.execute("LISTEN outbox")
            channel = await ConfirmingChannel.open(self.amqp_url, name=self.service)
            try:
                await self._empty_forever(connection, channel)
            finally:
                await channel.close()

    async def _lock(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        found = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        row = await found.fetchone()
        return bool(row and row[0])

    async def _empty_forever(
        self, connection: psycopg.AsyncConnection[Any], channel: ConfirmingChannel
    ) -> None:
        loop = asyncio.get_running_loop()
        prune_at = measure_at = audit_at = loop.time()
        self.ready = True
        while not self._stop.is_set():
            moved = await self._events(connection, channel)
            if loop.time() >= audit_at:
                shipped = await self._audit(connection, channel)
                audit_at = loop.time() + (0 if shipped == BATCH else AUDIT_EVERY)
                moved += shipped
            if loop.time() >= prune_at:
                await self._prune(connection)
                prune_at = loop.time() + PRUNE_EVERY
            if loop.time() >= measure_at:
                await self._measure(connection, channel)
                measure_at = loop.time() + MEASURE_EVERY
            if not moved:
                await self._notice(connection)

    async def _events(
        self, connection: psycopg.AsyncConnection[Any], channel: ConfirmingChannel
    ) -> int:
        rows = await (await connection.execute(EVENTS)).fetchall()
        if not rows:
            return 0
        reach("before_publish")
        exchange = f"{self.service}.events"
        messages = [(exchange, f"{r[2]}.v{r[3]}", self._envelope(r)) for r in rows]
        await channel.publish(messages, deadline=CONFIRM_DEADLINE)
        await connection.execute(
            "UPDATE outbox SET published_at = now() WHERE seq = ANY(%s)", [[r[0] for r in rows]]
        )
        metrics.published.labels(self.service).inc(len(rows))
        return len(rows)

    def _envelope(self, row: Sequence[Any]) -> bytes:
        """The wire form of portico_contracts.wire.encode, out of the row's columns."""
        _, event_id, name, version, aggregate_id, sequence, occurred_at, data = row
        head = {
            "event_id": event_id,
            "name": name,
            "version": version,
            "producer": self.service,
            "aggregate_id": aggregate_id,
            "sequence": sequence,
            "occurred_at": occurred_at,
            "data": orjson.Fragment(data),
        }
        return orjson.dumps(head)

    async def _audit(
        self, connection: psycopg.AsyncConnection[Any], channel: ConfirmingChannel
    ) -> int:
        rows = await (await connection.execute(ROWS)).fetchall()
        if not rows:
            return 0
        names = ("id", "at", "actor", "patient_ids", "category", "action", "method")
        batch = [dict(zip(names, r[1:], strict=True)) | {"service": self.service} for r in rows]
        message = (AUDIT_EXCHANGE, "rows", orjson.dumps(batch))
        await channel.publish([message], deadline=CONFIRM_DEADLINE)
        await connection.execute(
            "UPDATE audit_row SET shipped_at = now() WHERE seq = ANY(%s)", [[r[0] for r in rows]]
        )
        return len(rows)

    async def _prune(self, connection: psycopg.AsyncConnection[Any]) -> None:
        for table, column in (("outbox", "published_at"), ("audit_row", "shipped_at")):
            await connection.execute(
                f"DELETE FROM {table} WHERE {column} < now() - interval '{KEEP_DAYS} days'"  # noqa: S608
            )

    async def _measure(
        self, connection: psycopg.AsyncConnection[Any], channel: ConfirmingChannel
    ) -> None:
        row = await (await connection.execute(OLDEST)).fetchone()
        metrics.outbox_oldest_seconds.labels(self.service).set(float((row and row[0]) or 0))
        metrics.relay_blocked.labels(self.service).set(channel.blocked)
        lost = await channel.count(UNROUTABLE)
        metrics.unroutable.set(lost)
        if lost:
            log.error("events.unroutable", count=lost, queue=UNROUTABLE)

    async def _notice(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async for _notice in connection.notifies(timeout=IDLE, stop_after=1):
            return

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return


def from_environment() -> list[Relay]:
    """A relay for each service whose two addresses are set (``PORTICO_RELAY_SERVICES`` names
    others than the six)."""
    found = []
    names = os.environ.get("PORTICO_RELAY_SERVICES")
    for service in names.split(",") if names else SERVICES:
        prefix = f"PORTICO_RELAY_{service.upper()}"
        database, amqp = (
            text_of(f"{prefix}_DATABASE_URL", os.environ),
            text_of(f"{prefix}_AMQP_URL", os.environ),
        )
        if database and amqp:
            found.append(Relay(service, database, amqp))
    return found


async def serve() -> int:
    """Run every relay and the health port until SIGTERM."""
    from .relay_health import answer_health

    relays = from_environment()
    if not relays:
        print("relay cannot start: no PORTICO_RELAY_<SERVICE>_DATABASE_URL is set", file=sys.stderr)
        return 2
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop_all, relays)
    server = await answer_health(relays, port=int(os.environ.get("PORTICO_HEALTH_PORT", "0")))
    log.info("relay.started", count=len(relays))
    async with server:
        await asyncio.gather(*(r.run() for r in relays))
    log.info("relay.stopped")
    return 0


def _stop_all(relays: list[Relay]) -> None:
    for relay in relays:
        relay.stop()


if __name__ == "__main__":
    logs.configure("relay")
    sys.exit(asyncio.run(serve()))
