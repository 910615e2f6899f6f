"""Where the drill is held: its database, its queues, and the one process that is attacked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pika
import psutil
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from portico_contracts.event import promise_of
from portico_contracts.wire import encode
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.tables import create_kit_tables
from portico_kit.testing.databases import store_at
from portico_kit.testing.processes import ServiceProcess
from portico_kit.topology import declare
from tests.chaos import drill

ROOT = Path(__file__).resolve().parents[2]
EVENTS = (drill.StepTaken, drill.AlarmRaised, drill.NewsTold)
QUEUES = ("drill.urgent", "drill.normal", "drill.bulk", "drill.dead")


class Ground:
    """The drill's database and broker, and its process."""

    def __init__(self, database_url: str, amqp_url: str, folder: Path) -> None:
        self.store = store_at(database_url, connections=2)
        with self.store.engine.begin() as connection:
            create_kit_tables(Operations(MigrationContext.configure(connection)))
            drill.metadata.create_all(connection)
        # Without a heartbeat: nobody reads from it while the drill is watched.
        self.connection = pika.BlockingConnection(pika.URLParameters(f"{amqp_url}?heartbeat=0"))
        self.channel = self.connection.channel()
        declare(self.channel, [promise_of(event) for event in EVENTS], services=("drill",))
        self._empty_queues()
        self.output = folder / "drill.log"
        self._known = {"database_url": database_url, "amqp_url": amqp_url, "output": self.output}
        self.process: ServiceProcess | None = None

    def start(self, module: str = "drill", **settings: str) -> None:
        """Start this release, or another one's module."""
        self.process = ServiceProcess.service(
            f"tests.chaos.{module}:Drill", PYTHONPATH=str(ROOT), **self._known, **settings
        )
        self.process.start()

    def start_again_if_ended(self) -> bool:
        """What a supervisor does; whether there was a need."""
        assert self.process is not None and self.process.process is not None
        if self.process.process.poll() is None:
            return False
        self.process.start(wait=False)
        return True

    def stop(self) -> None:
        """Let it finish what is under way."""
        assert self.process is not None
        self.process.stop()

    def memory(self) -> int:
        """The process's resident bytes."""
        assert self.process is not None and self.process.process is not None
        return int(psutil.Process(self.process.process.pid).memory_info().rss)

    def publish(self, event: type[Any], bodies: Iterable[bytes]) -> None:
        """Put messages into the event's lane."""
        key = promise_of(event).routing_key
        for body in bodies:
            self.channel.basic_publish("drill.events", key, body)

    def waiting(self, queue: str) -> int:
        """Messages that wait in a queue."""
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """What a query finds."""
        with self.store.engine.connect() as connection:
            return list(connection.execute(sa.text(statement), parameters).all())

    def write(self, statement: str) -> None:
        """Change something."""
        with self.store.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def effects(self, kind: str) -> list[int]:
        """The numbers that had their effect, in order."""
        found = self.rows("SELECT number FROM effect WHERE kind = :kind ORDER BY number", kind=kind)
        return [number for (number,) in found]

    def end(self) -> None:
        """Kill the process, leave the queues empty."""
        if self.process is not None:
            self.process.kill()
        self._empty_queues()
        self.connection.close()
        self.store.engine.dispose()

    def _empty_queues(self) -> None:
        for queue in QUEUES:
            self.channel.queue_purge(queue)


def message(event: type[Any], number: int, *, thing_id: UUID | None = None) -> bytes:
    """One event as it travels, about a thing of its own."""
    told = event(thing_id=thing_id or new_id(), number=number)
    return encode(told, event_id=new_id(), sequence=1, occurred_at=now())


def changed(body: bytes, **changes: Any) -> bytes:
    """The same message with something in it replaced."""
    return json.dumps(json.loads(body) | changes).encode()
