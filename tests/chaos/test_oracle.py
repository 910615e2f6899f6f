"""The oracle: where all is well it says nothing, and each corruption made by hand is named."""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from portico_ops.processes import SERVICES
from tests.chaos.case import Case
from tests.chaos.clients import Load, Log
from tests.chaos.oracle import judge
from tests.chaos.wishes import gather

COPY = "CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM {table} WHERE {which} LIMIT 1"
UNGUARDED = (
    "DO $$ DECLARE name text; BEGIN FOR name IN SELECT conname FROM pg_constraint "
    "WHERE conrelid = 'appointment'::regclass AND contype = 'x' "
    "LOOP EXECUTE format('ALTER TABLE appointment DROP CONSTRAINT %I', name); END LOOP; END $$"
)
THE_VISIT = "appointment_id = '{visit}'"
ITS_EVENT = "aggregate_id = '{visit}' AND name = 'AppointmentBooked'"
ITS_AUDIT = "method = 'book_appointment' AND at = '{booked_at}' AND '{patient}' = ANY(patient_ids)"
SENT = "kind = 'visit_booked' AND event_id = '{event}' AND channel = 'mail'"


def copied(table: str, which: str, change: str) -> list[str]:
    """A row once more, with a change."""
    return [
        COPY.format(table=table, which=which),
        f"UPDATE copied SET {change}",
        f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE copied",
    ]


CORRUPTIONS = {
    "missing": (
        "scheduling",
        [f"UPDATE appointment SET state = 'cancelled', cancelled_at = now() WHERE {THE_VISIT}"],
    ),
    "not_as_asked": (
        "scheduling",
        [f"UPDATE appointment SET patient_id = gen_random_uuid() WHERE {THE_VISIT}"],
    ),
    "unasked": (
        "scheduling",
        copied(
            "appointment",
            THE_VISIT,
            "appointment_id = gen_random_uuid(), starts_at = starts_at + interval '1 year', "
            "ends_at = ends_at + interval '1 year', free_at = free_at + interval '1 year'",
        ),
    ),
    "booked_twice": (
        "scheduling",
        [UNGUARDED, *copied("appointment", THE_VISIT, "appointment_id = gen_random_uuid()")],
    ),
    "overlap": (
        "scheduling",
        [
            UNGUARDED,
            *copied(
                "appointment",
                THE_VISIT,
                "appointment_id = gen_random_uuid(), patient_id = gen_random_uuid(), "
                "starts_at = starts_at + interval '5 minutes'",
            ),
        ],
    ),
    "unannounced": ("scheduling", [f"DELETE FROM outbox WHERE {ITS_EVENT}"]),
    "announced_twice": (
        "scheduling",
        copied("outbox", ITS_EVENT, "seq = -1, sequence = 2, event_id = gen_random_uuid()"),
    ),
    "unpublished": (
        "scheduling",
        [f"UPDATE outbox SET published_at = NULL WHERE {ITS_EVENT}"],
    ),
    "sequence_gap": ("scheduling", [f"UPDATE outbox SET sequence = 7 WHERE {ITS_EVENT}"]),
    "unheard": ("notifications", ["DELETE FROM inbox WHERE event_id = '{event}'"]),
    "heard_of_nothing": (
        "notifications",
        [
            "INSERT INTO inbox (subscription, event_id) "
            "VALUES ('notifications.on_visit_booked', gen_random_uuid())"
        ],
    ),
    "failed_delivery": (
        "billing",
        [
            "INSERT INTO failed_delivery (subscription, event_id, body, state) "
            "VALUES ('billing.on_something', gen_random_uuid(), '', 'dead')"
        ],
    ),
    "not_told": ("notifications", [f"DELETE FROM delivery WHERE {SENT}"]),
    "told_twice": (
        "notifications",
        copied(
            "delivery",
            SENT,
            "id = gen_random_uuid(), created_at = created_at + interval '1 ms'",
        ),
    ),
    "not_final": (
        "notifications",
        [f"UPDATE delivery SET state = 'queued', settled_at = NULL WHERE {SENT}"],
    ),
    "unaudited": ("scheduling", [f"DELETE FROM audit_row WHERE {ITS_AUDIT}"]),
    "audited_twice": (
        "scheduling",
        copied("audit_row", ITS_AUDIT, "seq = -1, id = gen_random_uuid()"),
    ),
    "audit_count": (
        "scheduling",
        [
            COPY.format(table="audit_row", which=ITS_AUDIT),
            "INSERT INTO audit_row OVERRIDING SYSTEM VALUE SELECT -n, xid, gen_random_uuid(), "
            "at - interval '1 s', actor, patient_ids, category, action, method, shipped_at "
            "FROM copied, generate_series(1, 99) AS n",
        ],
    ),
    "not_in_ledger": (
        "identity",
        ["DELETE FROM ledger WHERE method = 'book_appointment' AND at = '{booked_at}'"],
    ),
    "twice_in_ledger": (
        "identity",
        copied(
            "ledger",
            "method = 'book_appointment' AND at = '{booked_at}'",
            "at = at + interval '1 ms'",
        ),
    ),
    "ledger_of_nothing": ("scheduling", [f"DELETE FROM audit_row WHERE {ITS_AUDIT}"]),
    "chain_broken": (
        "identity",
        ["UPDATE ledger SET action = 'read' WHERE at = '{booked_at}' AND action = 'write'"],
    ),
}
HEAD_MOVED = ["UPDATE ledger_head SET position = position + 1"]

SUNK = {
    "not_in_sink": "DELETE FROM reference WHERE channel = 'mail'",
    "sent_by_nobody": "INSERT INTO reference VALUES ('text', 'nobody', 9000000, 1)",
    "kept_twice": (
        "INSERT INTO mail (received_at, sender, subject, raw) VALUES ('', '', 'again', '')"
    ),
}


class Witnesses:
    """Every database in a transaction that is never committed, and the sinks' file copied."""

    def __init__(self, stage: Any, folder: Path, open_with: ExitStack) -> None:
        self._connections = {
            service: open_with.enter_context(
                closing(psycopg.connect(stage.house.admin_url(service)))
            )
            for service in SERVICES
        }
        self.sinks = folder / "sinks.sqlite"
        with (
            closing(sqlite3.connect(stage.sinks)) as there,
            closing(sqlite3.connect(self.sinks)) as here,
        ):
            there.backup(here)

    def rows(self, service: str, query: str, parameters: Any = None) -> list[Any]:
        return self._connections[service].execute(query, parameters).fetchall()

    def corrupt(self, service: str, statements: list[str]) -> None:
        # Triggers that guard a table are asleep: what is done here could not happen otherwise.
        self._connections[service].execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            self._connections[service].execute(statement)

    def corrupt_sinks(self, statement: str) -> None:
        with closing(sqlite3.connect(self.sinks)) as database:
            database.execute(statement)
            database.commit()

    def take_back(self) -> None:
        for connection in self._connections.values():
            connection.rollback()


@pytest.fixture(scope="module")
def log(stage, oracle, seed) -> Log:
    """Some bookings that went well."""
    wishes = gather(stage, bookings=40, seed=seed, clients=2)
    with Load(wishes, ports=stage.gateway_ports, seed=seed) as load:
        found = load.finish(within=60)
    oracle.wait_until_right(found, within=60)
    return found


@pytest.fixture(scope="module")
def shared_witnesses(stage, log, tmp_path_factory) -> Iterator[Witnesses]:
    with ExitStack() as stack:
        yield Witnesses(stage, tmp_path_factory.mktemp("sinks"), stack)


@pytest.fixture
def witnesses(shared_witnesses, tmp_path) -> Iterator[Witnesses]:
    kept = tmp_path / "kept.sqlite"
    shutil.copy(shared_witnesses.sinks, kept)
    yield shared_witnesses
    shared_witnesses.take_back()
    shutil.copy(kept, shared_witnesses.sinks)


@pytest.fixture
def facts(witnesses, log) -> dict[str, str]:
    """One visit of the log, and what hangs on it."""
    uncontested = [key for key in log.accepted if not log.wishes[key].may_lose]
    visit = log.accepted[uncontested[0]]
    query = "SELECT patient_id::text, booked_at::text FROM appointment WHERE appointment_id = %s"
    patient, booked_at = witnesses.rows("scheduling", query, (visit,))[0]
    event = witnesses.rows(
        "scheduling", "SELECT event_id::text FROM outbox WHERE aggregate_id = %s", (visit,)
    )[0][0]
    return {"visit": visit, "patient": patient, "booked_at": booked_at, "event": event}


def kinds(witnesses: Witnesses, log: Log) -> set[str]:
    return {each.kind for each in judge(Case(witnesses.rows, witnesses.sinks, log))}


def test_where_nothing_is_wrong_nothing_is_named(witnesses, log):
    assert judge(Case(witnesses.rows, witnesses.sinks, log)) == []
    assert any(wish.may_lose for wish in log.wishes.values())


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_corrupted_database_is_named(witnesses, log, facts, kind):
    service, statements = CORRUPTIONS[kind]
    witnesses.corrupt(service, [statement.format(**facts) for statement in statements])
    assert kind in kinds(witnesses, log)


def test_a_moved_head_of_the_ledger_is_named(witnesses, log):
    witnesses.corrupt("identity", HEAD_MOVED)
    assert kinds(witnesses, log) == {"chain_broken"}


@pytest.mark.parametrize("kind", SUNK)
def test_a_corrupted_sink_is_named(witnesses, log, kind):
    witnesses.corrupt_sinks(SUNK[kind])
    assert kind in kinds(witnesses, log)


def forget(log: Log, key: str) -> None:
    log.attempts[:] = [a for a in log.attempts if a.key != key]


def refuse(log: Log, key: str) -> None:
    log.attempts[:] = [
        replace(a, status=409, code="SlotTaken") if a.key == key else a for a in log.attempts
    ]


def answer_differently(log: Log, key: str) -> None:
    first = next(a for a in log.attempts if a.key == key)
    log.attempts.insert(0, replace(first, appointment_id="another"))


def let_nobody_win(log: Log, key: str) -> None:
    log.wishes[key] = replace(log.wishes[key], may_lose=frozenset({"SlotTaken"}))
    refuse(log, key)


MISTOLD: dict[str, Callable[[Log, str], None]] = {
    "unanswered": forget,
    "refused": refuse,
    "booked_and_not_told": refuse,
    "answered_differently": answer_differently,
    "nobody_won": let_nobody_win,
}


@pytest.mark.parametrize("kind", MISTOLD)
def test_clients_who_were_told_otherwise_are_named(witnesses, log, kind):
    told = copy.deepcopy(log)
    MISTOLD[kind](told, next(key for key in log.accepted if not log.wishes[key].may_lose))
    assert kind in kinds(witnesses, told)
