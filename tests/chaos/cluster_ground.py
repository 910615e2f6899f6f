"""What runs on the cluster while a node is taken away: the toy, a relay, and somebody who asks.

Whoever asks uses the gateway's own client, with both of its roads; the toy hears its own events.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pika
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from gateway.clients.services import Asking, Services
from gateway.config import Config
from portico_contracts.catalogue import promises
from portico_contracts.event import promise_of
from portico_contracts.refusal import InFlight, ServiceFailed, TooLate, Unavailable
from portico_kit.addresses import parameters
from portico_kit.ids import new_id
from portico_kit.tables import create_kit_tables
from portico_kit.testing.databases import store_at
from portico_kit.testing.people import a_patient, token_for
from portico_kit.testing.processes import ServiceProcess
from portico_kit.topology import SERVICES, declare

TOY = Path(__file__).resolve().parents[2] / "kit" / "tests" / "toy"
sys.path.insert(0, str(TOY))
CLIENTS, PACE = 4, 0.25
AGAIN = (InFlight, ServiceFailed, TooLate, Unavailable)  # after which the same is asked again
PUBLISHED = "SELECT extract(epoch FROM published_at)::float FROM outbox WHERE published_at > :since"
HEARD = "SELECT extract(epoch FROM at)::float FROM inbox WHERE at > :since"


@dataclass(frozen=True)
class Asked:
    """A thing that was asked for until it was there: when, until when, and refused how often."""

    thing_id: UUID
    asked_at: float
    ended_at: float
    refused: int


@dataclass
class Asker:
    """Asks the toy for one thing after another, by the gateway's client, in a thread."""

    amqp_url: str
    direct: str
    done: list[Asked] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._running = self._pool.submit(lambda: asyncio.run(self._run()))

    def stop(self) -> list[Asked]:
        """What came of it, once everything that was begun has come to its end."""
        self._stop.set()
        self._running.result(timeout=120)
        return self.done

    async def _run(self) -> None:
        config = Config(amqp_url=self.amqp_url, direct={"toy": self.direct})
        services = Services(config, heard=lambda _body: None, listening=lambda: None)
        services.broker.start()
        await services.broker.ready.wait()
        await asyncio.gather(*(self._client(services) for _ in range(CLIENTS)))
        await services.close()

    async def _client(self, services: Services) -> None:
        while not self._stop.is_set():
            self.done.append(await self._make(services))
            await asyncio.sleep(PACE)

    async def _make(self, services: Services) -> Asked:
        from toy_contracts import MakeThing

        thing_id, began, patient = new_id(), time.time(), a_patient()
        for refused in itertools.count():
            # The same person under the same key: else it would be another request.
            asking = Asking(token=token_for(patient), key=str(thing_id))
            try:
                await services.ask(MakeThing(thing_id=thing_id), asking)
            except AGAIN:
                await asyncio.sleep(PACE)
            else:
                return Asked(thing_id, began, time.time(), refused)
        raise AssertionError


class Ground:
    """The toy's database, and its processes, on a broker of several nodes."""

    def __init__(self, database_url: str, amqp_url: str, folder: Path) -> None:
        import toy_service
        from toy_contracts import ThingHappened

        self.store = store_at(database_url, connections=2)
        with self.store.engine.begin() as connection:
            create_kit_tables(Operations(MigrationContext.configure(connection)))
            toy_service.metadata.create_all(connection)
        with pika.BlockingConnection(parameters(amqp_url)) as broker:
            known = [*promises(), promise_of(ThingHappened)]
            declare(broker.channel(), known, services=(*SERVICES, "toy"))
        self.amqp_url = amqp_url
        self.toy = ServiceProcess.service(
            "toy_service:Toy", database_url=database_url, amqp_url=amqp_url,
            output=folder / "toy.log", PYTHONPATH=str(TOY),
        )  # fmt: skip
        self.relay = ServiceProcess(
            ["-m", "portico_kit.relay"],
            {
                "PORTICO_RELAY_SERVICES": "toy",
                "PORTICO_RELAY_TOY_DATABASE_URL": database_url,
                "PORTICO_RELAY_TOY_AMQP_URL": amqp_url,
            },
            folder / "relay.log",
        )

    def start(self) -> None:
        """Both processes, until they are ready."""
        self.toy.start()
        self.relay.start()

    def asker(self) -> Asker:
        """Somebody who asks from now on."""
        return Asker(self.amqp_url, f"http://127.0.0.1:{self.toy.port}")

    def moments(self, query: str, *, since: float) -> list[float]:
        """When something happened, in order."""
        moment = sa.func.to_timestamp(since)
        with self.store.engine.connect() as connection:
            exact = connection.execute(sa.select(moment)).scalar_one()
            return sorted(connection.execute(sa.text(query), {"since": exact}).scalars())

    def amiss(self, asked: Iterable[Asked]) -> dict[str, int]:
        """What is not as it was promised; empty when everything has arrived once."""
        accepted = {each.thing_id for each in asked}
        heard = self._column("SELECT thing_id FROM effect")
        kept, shipped = self._column("SELECT row_id FROM told"), "SELECT id FROM audit_row"
        found = {
            "accepted and not stored": len(
                accepted - {*self._column("SELECT thing_id FROM thing")}
            ),
            "not published": len(self._column("SELECT seq FROM outbox WHERE published_at IS NULL")),
            "announced and not heard": len({*self._column(ANNOUNCED)} - {*heard}),
            "heard twice": len(heard) - len({*heard}),
            "rows that the ledger lacks": len({*self._column(shipped)} - {*kept}),
            "failed": len(self._column("SELECT id FROM failed_delivery")),
        }
        return {name: count for name, count in found.items() if count}

    def _column(self, query: str) -> list[Any]:
        with self.store.engine.connect() as connection:
            return list(connection.execute(sa.text(query)).scalars())

    def end(self) -> None:
        """Kill both."""
        self.toy.kill()
        self.relay.kill()
        self.store.engine.dispose()


ANNOUNCED = "SELECT aggregate_id::uuid FROM outbox"


def longest_gap(moments: list[float], *, since: float, until: float) -> float:
    """The longest time without any, in seconds."""
    edges = [since, *(moment for moment in moments if since < moment < until), until]
    return max(later - earlier for earlier, later in itertools.pairwise(edges))
