"""A toy service on a real database and a real broker."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from portico_kit.tables import create_kit_tables
from portico_kit.testing.caller import Caller
from portico_kit.testing.databases import Databases, store_at
from portico_kit.testing.processes import ServiceProcess
from portico_kit.topology import LEDGER_QUEUE, UNROUTABLE, declare

QUEUES = ("toy.normal", "toy.dead", LEDGER_QUEUE, UNROUTABLE)
TOY = Path(__file__).parent / "toy"
sys.path.insert(0, str(TOY))


class Bench:
    """The toy's database and broker, and processes on them that end with the test."""

    def __init__(self, database_url: str, amqp_url: str, folder: Path) -> None:
        import toy_service

        self.database_url, self.amqp_url, self.folder = database_url, amqp_url, folder
        self.store = store_at(database_url, connections=2)
        self.tables = toy_service
        self.started: list[ServiceProcess] = []
        self._numbers = itertools.count()
        self._make_tables()
        self._make_topology()

    def _make_tables(self) -> None:
        with self.store.engine.begin() as connection:
            create_kit_tables(Operations(MigrationContext.configure(connection)))
            self.tables.metadata.create_all(connection)

    def _make_topology(self) -> None:
        from toy_contracts import NobodyCares, ThingHappened

        from portico_contracts.event import promise_of

        with pika.BlockingConnection(pika.URLParameters(self.amqp_url)) as connection:
            channel = connection.channel()
            declare(channel, [promise_of(ThingHappened)], services=("toy",))
            assert promise_of(NobodyCares).heard_by == ("nobody",)
            for queue in QUEUES:
                channel.queue_purge(queue)

    def service(self, *, wait: bool = True, **settings: str) -> ServiceProcess:
        process = ServiceProcess.service(
            "toy_service:Toy",
            database_url=self.database_url,
            amqp_url=self.amqp_url,
            output=self.folder / f"toy-{next(self._numbers)}.log",
            PYTHONPATH=str(TOY),
            **settings,
        )
        self.started.append(process)
        return process.start(wait=wait)

    def relay(self, *, wait: bool = True, **settings: str) -> ServiceProcess:
        known = {
            "PORTICO_RELAY_SERVICES": "toy",
            "PORTICO_RELAY_TOY_DATABASE_URL": self.database_url,
            "PORTICO_RELAY_TOY_AMQP_URL": self.amqp_url,
        }
        output = self.folder / f"relay-{next(self._numbers)}.log"
        process = ServiceProcess(["-m", "portico_kit.relay"], known | settings, output)
        self.started.append(process)
        return process.start(wait=wait)

    def effects(self, thing_id: object) -> list[int]:
        table = self.tables.effect
        query = sa.select(table.c.number).where(table.c.thing_id == thing_id).order_by(table.c.at)
        with self.store.engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def rows(self, statement: str) -> list[object]:
        with self.store.engine.connect() as connection:
            return list(connection.execute(sa.text(statement)).all())

    def write(self, statement: str) -> None:
        with self.store.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def reset(self) -> None:
        """As new for the next test; processes go on."""
        self.write(
            "TRUNCATE outbox, inbox, failed_delivery, audit_row, thing, effect, poison, told"
        )
        with pika.BlockingConnection(pika.URLParameters(self.amqp_url)) as connection:
            for queue in QUEUES:
                connection.channel().queue_purge(queue)

    def end(self) -> None:
        """Kill every process started here."""
        for process in self.started:
            process.kill()
        self.started.clear()


@pytest.fixture(scope="module")
def ground(
    databases: Databases, amqp_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """The toy's tables and queues, for all tests of a module."""
    made = Bench(databases.empty(), amqp_url, tmp_path_factory.mktemp("toy"))
    yield made
    made.end()
    made.store.engine.dispose()


@pytest.fixture
def bench(ground: Bench) -> Iterator[Bench]:
    """The same, emptied, with processes of this test only."""
    ground.reset()
    yield ground
    ground.end()


@pytest.fixture
def caller(ground: Bench) -> Iterator[Caller]:
    made = Caller(ground.amqp_url)
    yield made
    made.close()
