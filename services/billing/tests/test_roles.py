"""The service's own database role: it adds to the ledger, and can change nothing there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
from psycopg import sql

from billing import commands, queries
from portico_contracts.billing import NewLine
from portico_kit.database import open_transaction
from portico_kit.ids import new_id
from portico_kit.migrate import upgrade
from portico_kit.testing.databases import Databases, url_of
from portico_kit.testing.keys import MASTER_KEYS

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
OWNER_RIGHTS = (
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)


@pytest.fixture
def service_url(databases: Databases, postgres_url: str) -> Iterator[str]:
    """A database of billing's, opened with the service's role, which is named like it."""
    url = databases.empty()
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as owner:
        role = sql.Identifier(name)
        owner.execute(sql.SQL("CREATE ROLE {role} LOGIN PASSWORD 'x'").format(role=role))
        for statement in OWNER_RIGHTS:
            owner.execute(sql.SQL(statement).format(role=role))
    upgrade("billing", url)
    host = postgres_url.rpartition("@")[2]
    yield url_of(f"postgresql://{name}:x@{host}", name)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP OWNED BY {role} CASCADE").format(role=role))
        owner.execute(sql.SQL("DROP ROLE {role}").format(role=role))


def test_the_service_books_entries_and_can_change_none(service_url: str) -> None:
    line = NewLine(
        service_on=date(2026, 10, 20), code="99213", description="Visit", charge_cents=9000,
        insurance_cents=5000,
    )  # fmt: skip
    with open_transaction(service_url, master_keys=MASTER_KEYS, now=NOW) as tx:
        commands.write_statement(
            tx, statement_id=new_id(), patient_id=new_id(), lines=[line], zone="UTC", now=NOW,
            due_on=date(2026, 12, 1),
        )  # fmt: skip
    with open_transaction(service_url) as tx:
        assert queries.ledger_balance(tx)["entries"] == 2
    for table in ("posting", "journal_entry"):
        for order in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id", f"TRUNCATE {table}"):
            assert_refused(service_url, order)


def assert_refused(url: str, order: str) -> None:
    with psycopg.connect(url) as service, pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute(order)
