"""Point 6: each message three times and in no order: what the services know is the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pika
import pytest
from sqlalchemy import text

from portico_contracts.catalogue import promises
from portico_kit.database import Store
from portico_kit.testing.databases import store_at
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually
from portico_kit.topology import SERVICES
from tests.chaos.fingerprint import NOT_STATE, TABLES, fingerprint
from tests.chaos.history import GATEWAY, Told, history, shuffled
from tests.chaos.listeners import SETTINGS, events_heard

ROOT = Path(__file__).resolve().parents[2]
TIMES = 3
LISTENERS = tuple(s for s in SERVICES if any(s in promise.heard_by for promise in promises()))
LANES = ("urgent", "normal", "bulk")


class Ears:
    """The services that hear others, on databases of their own, fed through the real queues."""

    def __init__(self, amqp_url: str, folder: Path) -> None:
        # Without a heartbeat: nobody reads from it while the services are listened to.
        self.connection = pika.BlockingConnection(pika.URLParameters(f"{amqp_url}?heartbeat=0"))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self._amqp_url, self._folder = amqp_url, folder
        self.stores: dict[str, Store] = {}
        self.processes: list[ServiceProcess] = []
        self._empty_queues()

    def open(self, database_of: Callable[[str], str]) -> None:
        """Start every service that hears another."""
        for service in LISTENERS:
            url = database_of(service)
            self.stores[service] = store_at(url, connections=1)
            process = ServiceProcess.service(
                f"tests.chaos.listeners:{service.capitalize()}",
                database_url=url,
                amqp_url=self._amqp_url,
                output=self._folder / f"{service}.log",
                PYTHONPATH=str(ROOT),
                **SETTINGS,
            )
            self.processes.append(process)
            process.start(wait=False)
        for process in self.processes:
            process.wait_until_ready()

    def hear(self, told: Sequence[Told]) -> None:
        """Publish, and wait until each service has done with all of it."""
        for one in told:
            promise = one.promise
            self.channel.basic_publish(promise.exchange, promise.routing_key, one.body)
        for service in LISTENERS:
            wanted = {one.event_id for one in told if service in one.heard_by}
            eventually(
                lambda s=service, n=len(wanted): self._heard(s) == n or self._failed(s),  # type: ignore[misc]
                within=120,
                what=f"hearing all of it in {service}",
                every=0.1,
            )
            assert self._failed(service) == []
        eventually(lambda: not any(map(self._waiting, self._queues())), what="empty queues")

    def fingerprints(self, told: Sequence[Told]) -> dict[str, dict[str, tuple[int, str]]]:
        """What each of them knows now."""
        return {name: fingerprint(store, told) for name, store in self.stores.items()}

    def forget(self) -> None:
        """All that they know, but for the keys, which they keep in memory."""
        for store in self.stores.values():
            with store.transaction() as tx:
                for name in [n for (n,) in tx.execute(TABLES) if n not in NOT_STATE]:
                    # Only what was written to: a ledger refuses to be emptied, even of nothing.
                    if tx.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first():
                        tx.execute(text(f"TRUNCATE {name} CASCADE"))

    def stop(self) -> None:
        """Let what is under way end."""
        for process in self.processes:
            assert process.stop() == 0

    def end(self) -> None:
        for process in self.processes:
            process.kill()
        for store in self.stores.values():
            store.engine.dispose()
        self._empty_queues()
        self.connection.close()

    def _heard(self, service: str) -> int:
        with self.stores[service].transaction() as tx:
            return int(tx.execute(text("SELECT count(*) FROM inbox")).scalar_one())

    def _failed(self, service: str) -> list[Any]:
        with self.stores[service].transaction() as tx:
            found = text("SELECT subscription, event_name, error FROM failed_delivery")
            return list(tx.execute(found).all())

    def _queues(self) -> list[str]:
        return [f"{service}.{lane}" for service in LISTENERS for lane in LANES]

    def _waiting(self, queue: str) -> int:
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    def _empty_queues(self) -> None:
        for queue in self._queues():
            self.channel.queue_purge(queue)


@pytest.fixture
def ears(
    service_database: Callable[[str], str], declared_broker: str, tmp_path: Path
) -> Iterator[Ears]:
    made = Ears(declared_broker, tmp_path)
    try:
        made.open(service_database)
        yield made
    finally:
        made.end()


@pytest.mark.parametrize("service", SERVICES)
def test_every_reaction_of_a_service_is_in_the_history(service: str, seed: int) -> None:
    told = history(random.Random(seed), things=2)
    assert events_heard(service) == {
        one.promise.routing_key for one in told if service in one.heard_by
    }


def test_each_message_three_times_and_in_no_order_leaves_what_one_of_each_in_order_leaves(
    ears: Ears, seed: int, length: Any, notes: Any
) -> None:
    chance = random.Random(seed)
    told = history(chance, things=length.of(short=4, long=400))
    ears.hear(told)
    in_order = ears.fingerprints(told)

    for number in range(length.of(short=1, long=5)):
        ears.forget()
        dealt = shuffled(chance, told, times=TIMES)
        ears.hear(dealt)
        if number == length.of(short=0, long=4):
            ears.stop()
        assert ears.fingerprints(told) == in_order

    rows = sum(count for tables in in_order.values() for count, _ in tables.values())
    notes.note("events, each delivered three times and shuffled", len(told), "events")
    notes.note("rows compared with the run in order", rows, "rows")
    notes.note("tables that differ", 0, "tables", wanted="0", holds=lambda n: n == 0)
    assert {promise.name for promise in promises() if set(promise.heard_by) - {GATEWAY}} == {
        one.promise.name for one in told
    }
