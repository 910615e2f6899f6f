"""The relay: takes committed events from the outbox to the broker, at least once, in order.

One process for all services' databases, a task each (``PORTICO_RELAY_<SERVICE>_DATABASE_URL`` and
``…_AMQP_URL``), asyncio and pika with hundreds of unconfirmed messages in flight. One relay a
database at a time: an advisory lock; a second copy waits for it.

Reading by ``seq`` alone would skip events of transactions that commit late, so a row leaves only
when every transaction older than its own has ended (``pg_snapshot_xmin``).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
from pika.exceptions import AMQPError

from . import journal, logs, metrics
from .addresses import in_turn
from .confirms import Blocked, ConfirmingChannel
from .fail_points import reach
from .logs import log, where
from .settings import text_of
from .topology import AUDIT_EXCHANGE, SERVICES, UNROUTABLE

BATCH = 500
CONNECT_DEADLINE = 5
FIRST_PATIENCE, LONGEST_PATIENCE = 5.0, 10.0  # seconds without a single confirm
SILENCE = 30.0  # seconds without a word from the database before its connection is cut
GRACE = 10.0  # seconds to finish the batch under way after SIGTERM
IDLE = 1.0  # seconds between looks when no notice comes
AUDIT_EVERY = 1.0  # seconds: rows gather to hundreds, so that auditing costs a read one insert
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
TROUBLE = (psycopg.Error, OSError, TimeoutError, ConnectionError, Blocked, AMQPError)
KEEP_DAYS = 7
LOCK = 60_201
# A server that has lost us without noticing frees the lock for the next relay.
OPTIONS = "-c statement_timeout=25000 -c idle_session_timeout=120000"
PRUNE_EVERY = 600.0
PRUNE_AT_ONCE = 5000  # rows: events wait while a slice is pruned
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
    _patience: float = FIRST_PATIENCE  # the longer, the oftener in a row a broker confirmed nothing
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Work until stopped; come back after every loss of database or broker."""
        pause, nodes = FIRST_PAUSE, in_turn(self.amqp_url)
        while not self._stop.is_set():
            try:
                await self._work(nodes)
            except TROUBLE as problem:
                log.warning("relay.paused", name=self.service, error=type(problem).__name__)
                pause = FIRST_PAUSE if self.ready else pause
                self.ready = False
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """Finish the batch under way, then end."""
        self._stop.set()

    async def _work(self, nodes: Iterator[str]) -> None:
        async with await psycopg.AsyncConnection.connect(
            self.database_url, autocommit=True, connect_timeout=CONNECT_DEADLINE, options=OPTIONS
        ) as connection:
            if not await self._lock(connection):
                await self._sleep(2.0)
                return
            await _ask(connection, "LISTEN outbox")
            channel = await ConfirmingChannel.open(next(nodes), name=self.service)
            try:
                await self._empty_forever(connection, channel)
            finally:
                await channel.close()

    async def _lock(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        found = await _ask(connection, "SELECT pg_try_advisory_lock(%s)", [LOCK])
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
                more = await self._prune(connection)
                prune_at = loop.time() + (IDLE if more else PRUNE_EVERY)
            if loop.time() >= measure_at:
                await self._measure(connection, channel)
                measure_at = loop.time() + MEASURE_EVERY
            if not moved:
                await self._notice(connection)

    async def _events(
        self, connection: psycopg.AsyncConnection[Any], channel: ConfirmingChannel
    ) -> int:
        rows = await (await _ask(connection, EVENTS)).fetchall()
        if not rows:
            return 0
        reach("before_publish")
        exchange = f"{self.service}.events"
        messages = [(exchange, f"{r[2]}.v{r[3]}", self._envelope(r)) for r in rows]
        noted = journal.messages(journal.EVENTS, [body for _, _, body in messages])
        await self._publish(channel, [*messages, *noted])
        await _ask(connection, _tick("outbox", "published_at"), [[r[0] for r in rows]])
        metrics.published.labels(self.service).inc(len(rows))
        return len(rows)

    async def _publish(
        self, channel: ConfirmingChannel, messages: list[tuple[str, str, bytes]]
    ) -> None:
        patience, self._patience = self._patience, min(2 * self._patience, LONGEST_PATIENCE)
        await channel.publish(messages, deadline=patience)
        self._patience = FIRST_PATIENCE

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
        rows = await (await _ask(connection, ROWS)).fetchall()
        if not rows:
            return 0
        reach("before_publish")
        names = ("id", "at", "actor", "patient_ids", "category", "action", "method")
        batch = [dict(zip(names, r[1:], strict=True)) | {"service": self.service} for r in rows]
        message = (AUDIT_EXCHANGE, "rows", orjson.dumps(batch))
        noted = journal.messages(journal.AUDIT, [orjson.dumps(row) for row in batch])
        await self._publish(channel, [message, *noted])
        await _ask(connection, _tick("audit_row", "shipped_at"), [[r[0] for r in rows]])
        return len(rows)

    async def _prune(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        """Forget a slice of what left long ago; whether there may be more of it."""
        more = False
        for table, column in (("outbox", "published_at"), ("audit_row", "shipped_at")):
            gone = await _ask(
                connection,
                f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM {table} "  # noqa: S608
                f"WHERE {column} < now() - interval '{KEEP_DAYS} days' LIMIT {PRUNE_AT_ONCE})",
            )
            more = more or gone.rowcount == PRUNE_AT_ONCE
        return more

    async def _measure(
        self, connection: psycopg.AsyncConnection[Any], channel: ConfirmingChannel
    ) -> None:
        row = await (await _ask(connection, OLDEST)).fetchone()
        metrics.outbox_oldest_seconds.labels(self.service).set(float((row and row[0]) or 0))
        if channel.blocked:
            return  # the broker would not read the question: that is no reason to hang up
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


async def _ask(
    connection: psycopg.AsyncConnection[Any], query: str, parameters: list[Any] | None = None
) -> psycopg.AsyncCursor[Any]:
    """Run a statement; a server that says nothing for SILENCE is cut off (psycopg.Error)."""
    cut = asyncio.get_running_loop().call_later(SILENCE, _cut, connection.fileno())
    try:
        return await connection.execute(query, parameters)  # type: ignore[arg-type]
    finally:
        cut.cancel()


def _cut(fileno: int) -> None:
    with socket.socket(fileno=os.dup(fileno)) as same, contextlib.suppress(OSError):
        same.shutdown(socket.SHUT_RDWR)


def _tick(table: str, column: str) -> str:
    return f"UPDATE {table} SET {column} = now() WHERE seq = ANY(%s)"  # noqa: S608


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
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    server = await answer_health(relays, port=int(os.environ.get("PORTICO_HEALTH_PORT", "0")))
    log.info("relay.started", count=len(relays))
    async with server:
        good = await _run_all(relays, asked)
    log.info("relay.stopped")
    return 0 if good else 1


async def _run_all(relays: list[Relay], asked: asyncio.Event) -> bool:
    """Run until asked to stop; False where a relay ended by itself.

    One that cannot finish is cut off: its batch leaves again with the next start.
    """
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    stopped = asyncio.create_task(asked.wait())
    await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for relay in relays:
        relay.stop()
    done, late = await asyncio.wait(tasks, timeout=GRACE)
    for task in late:
        task.cancel()
    died = [problem for task in done if (problem := task.exception()) is not None]
    for problem in died:
        log.error("relay.died", error=type(problem).__name__, where=where(problem))
    return not died


if __name__ == "__main__":
    logs.configure("relay")
    sys.exit(asyncio.run(serve()))
