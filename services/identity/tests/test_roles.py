"""The service's own database role: it adds to the ledger, and can change nothing there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from identity.commands import ledger
from portico_kit.database import open_transaction
from portico_kit.ids import new_id
from portico_kit.migrate import upgrade
from portico_kit.testing.databases import Databases, url_of

OWNER_RIGHTS = (
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)


@pytest.fixture
def service_url(databases: Databases, postgres_url: str) -> Iterator[str]:
    """A database of identity's, opened with the service's role, which is named like it."""
    url = databases.empty()
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as owner:
        role = sql.Identifier(name)
        owner.execute(sql.SQL("CREATE ROLE {role} LOGIN PASSWORD 'x'").format(role=role))
        for statement in OWNER_RIGHTS:
            owner.execute(sql.SQL(statement).format(role=role))
    upgrade("identity", url)
    host = postgres_url.rpartition("@")[2]
    yield url_of(f"postgresql://{name}:x@{host}", name)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP OWNED BY {role} CASCADE").format(role=role))
        owner.execute(sql.SQL("DROP ROLE {role}").format(role=role))


def a_row(at: datetime) -> dict[str, Any]:
    return {
        "id": str(new_id()), "at": at.isoformat(), "service": "records",
        "actor": {"kind": "system"}, "patient_ids": [str(new_id())],
        "category": "results", "action": "read", "method": "list_lab_results",
    }  # fmt: skip


def test_the_service_makes_months_and_adds_rows_but_changes_none(service_url: str) -> None:
    moment = datetime(2031, 5, 6, tzinfo=UTC)
    with open_transaction(service_url) as tx:
        ledger.append_audit(tx, [a_row(moment)])
        ledger.make_months_ahead(tx, now=moment)
        ledger.append_audit(tx, [a_row(moment)])
        place = "SELECT DISTINCT tableoid::regclass::text FROM ledger"
        assert tx.connection.exec_driver_sql(place).scalars().all() == ["ledger_2031_05"]
    for table in ("ledger", "ledger_2031_05", "ledger_patient", "ledger_rest"):
        for order in (f"DELETE FROM {table}", f"UPDATE {table} SET at = now()"):
            assert_refused(service_url, order)


def assert_refused(url: str, order: str) -> None:
    with psycopg.connect(url) as service, pytest.raises(psycopg.errors.InsufficientPrivilege):
        service.execute(order)


def test_a_month_is_the_calendars_in_utc(service_url: str) -> None:
    with open_transaction(service_url) as tx:
        ledger.make_months_ahead(tx, now=datetime(2031, 11, 30, 23, 59, tzinfo=UTC))
        bounds = "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s"
        shown = tx.connection.exec_driver_sql(bounds, ("ledger_2031_12",)).scalar_one()
    assert "2031-12-01 00:00:00+00" in shown and "2032-01-01 00:00:00+00" in shown
