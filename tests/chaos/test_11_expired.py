"""Point 11: work whose caller is gone, or too late, is not done; by either road."""

from __future__ import annotations

import http.client
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pika
import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from portico_contracts.event import promise_of
from portico_kit.ids import new_id
from portico_kit.tables import create_kit_tables
from portico_kit.testing.caller import Caller, NoAnswer
from portico_kit.testing.databases import Databases, store_at
from portico_kit.testing.people import a_patient, token_for
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually
from portico_kit.topology import declare

TOY = Path(__file__).resolve().parents[2] / "kit" / "tests" / "toy"
WORKERS = 2
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'thing'::regclass"


class Counter:
    """A toy service with two workers, and a way to keep both of them at work."""

    def __init__(self, database_url: str, amqp_url: str, folder: Path) -> None:
        import toy_service
        from toy_contracts import ThingHappened

        with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
            declare(connection.channel(), [promise_of(ThingHappened)], services=("toy",))
        self.database_url, self.amqp_url = database_url, amqp_url
        store = store_at(database_url, connections=1)
        with store.engine.begin() as connection:
            create_kit_tables(Operations(MigrationContext.configure(connection)))
            toy_service.metadata.create_all(connection)
        store.engine.dispose()
        self.process = ServiceProcess.service(
            "toy_service:Toy",
            database_url=database_url,
            amqp_url=amqp_url,
            output=folder / "toy.log",
            PYTHONPATH=str(TOY),
            PORTICO_WORKERS=str(WORKERS),
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Whoever wants to make a thing meanwhile waits until this is over."""
        with psycopg.connect(self.database_url) as holder:
            holder.execute("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE")
            yield

    def at_work(self) -> int:
        """How many workers wait for what is held."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return int(connection.execute(WAITING).fetchone()[0])  # type: ignore[index]

    def made(self) -> set[UUID]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return {row[0] for row in connection.execute("SELECT thing_id FROM thing")}

    def forget(self) -> None:
        """Nothing was made."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("TRUNCATE thing")

    def later(self, thing_id: UUID, answers: list[UUID]) -> threading.Thread:
        """Ask for a thing in a thread of its own, and wait for it patiently."""

        def ask() -> None:
            caller = Caller(self.amqp_url)
            caller.send("toy", "make_thing", body_of(thing_id), token=token())
            answers.append(thing_id)
            caller.close()

        asking = threading.Thread(target=ask)
        asking.start()
        return asking


@pytest.fixture(scope="module")
def counters(
    databases: Databases, amqp_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counter]:
    sys.path.insert(0, str(TOY))
    made = Counter(databases.empty(), amqp_url, tmp_path_factory.mktemp("counter"))
    made.process.start()
    yield made
    made.process.kill()
    sys.path.remove(str(TOY))


@pytest.fixture
def counter(counters: Counter) -> Counter:
    """The same process for every test, with nothing made yet."""
    counters.forget()
    return counters


@pytest.fixture
def caller(amqp_url: str) -> Iterator[Caller]:
    made = Caller(amqp_url)
    yield made
    made.close()


def token() -> str:
    return token_for(a_patient())


def body_of(thing_id: UUID) -> bytes:
    return orjson.dumps({"args": [], "kwargs": {"thing_id": str(thing_id)}})


def waiting(caller: Caller) -> int:
    return int(caller.channel.queue_declare("rpc-toy", passive=True).method.message_count)


def by_the_broker(counter: Counter, caller: Caller, thing_id: UUID) -> None:
    """Ask, and wait no longer than a second."""
    del counter
    with pytest.raises(NoAnswer):
        caller.send("toy", "make_thing", body_of(thing_id), token=token(), seconds=1)


def by_the_direct_road(counter: Counter, caller: Caller, thing_id: UUID) -> None:
    """Ask, and hang up; no deadline was given."""
    del caller
    line = http.client.HTTPConnection("127.0.0.1", counter.process.port)
    line.request("POST", "/rpc/make_thing", body_of(thing_id), {"portico-token": token()})
    line.close()


Road = Callable[[Counter, Caller, UUID], None]


@pytest.mark.parametrize("road", [by_the_broker, by_the_direct_road])
def test_what_comes_to_a_worker_after_its_caller_has_gone_is_not_done(
    counter: Counter, caller: Caller, road: Road, length: Any, notes: Any
) -> None:
    answers: list[UUID] = []
    patient_ids, late_ids = [], []
    for _round in range(length.of(short=1, long=10)):
        mine, late = [new_id() for _ in range(WORKERS)], new_id()
        with counter.held():
            asking = [counter.later(thing_id, answers) for thing_id in mine]
            eventually(lambda: counter.at_work() == WORKERS, what="all workers busy")
            road(counter, caller, late)
        for thread in asking:
            thread.join()
        # Asked after the late one: once this is answered, that one has had its turn.
        last = new_id()
        caller.send("toy", "make_thing", body_of(last), token=token())
        patient_ids += [*mine, last]
        late_ids.append(late)
    notes.note(f"asked too late {road.__name__}", len(late_ids), "requests")
    notes.note("of them done", len(counter.made() & set(late_ids)), "requests",
               wanted="0", holds=lambda n: n == 0)  # fmt: skip
    assert counter.made() == set(patient_ids)


def test_work_that_takes_longer_than_its_caller_waits_is_undone(
    counter: Counter, caller: Caller
) -> None:
    late = new_id()
    with counter.held(), pytest.raises(NoAnswer):
        caller.send("toy", "make_thing", body_of(late), token=token(), seconds=1)
    eventually(lambda: counter.at_work() == 0)
    caller.send("toy", "make_thing", body_of(new_id()), token=token())
    assert late not in counter.made() and len(counter.made()) == 1


def test_a_request_that_nobody_took_in_time_has_left_the_queue(
    counter: Counter, caller: Caller
) -> None:
    late = new_id()
    counter.process.stop()
    # As the gateway sends it: the broker itself forgets it with its deadline.
    properties = pika.BasicProperties(expiration="3000", headers={"portico-token": token()})
    caller.channel.basic_publish("nameko-rpc", "toy.make_thing", body_of(late), properties)
    eventually(lambda: waiting(caller) == 1, within=2, what="the request in the queue")
    eventually(lambda: waiting(caller) == 0, what="the request forgotten")
    counter.process.start()
    caller.send("toy", "make_thing", body_of(new_id()), token=token())
    assert late not in counter.made()
