"""The service's own database role: it makes the months it needs, and owns no table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from notifications import commands
from portico_kit.database import open_transaction
from portico_kit.migrate import upgrade
from portico_kit.testing.databases import Databases, url_of

OWNER_RIGHTS = (
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)


@pytest.fixture
def service_url(databases: Databases, postgres_url: str) -> Iterator[str]:
    """A database of notifications's, opened with the service's role, which is named like it."""
    url = databases.empty()
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as owner:
        role = sql.Identifier(name)
        owner.execute(sql.SQL("CREATE ROLE {role} LOGIN PASSWORD 'x'").format(role=role))
        for statement in OWNER_RIGHTS:
            owner.execute(sql.SQL(statement).format(role=role))
    upgrade("notifications", url)
    host = postgres_url.rpartition("@")[2]
    yield url_of(f"postgresql://{name}:x@{host}", name)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP OWNED BY {role} CASCADE").format(role=role))
        owner.execute(sql.SQL("DROP ROLE {role}").format(role=role))


def test_the_service_makes_the_months_that_come(service_url: str) -> None:
    with open_transaction(service_url, now=datetime(2031, 11, 30, 23, 59, tzinfo=UTC)) as tx:
        commands.make_months_ahead(tx)
        commands.make_months_ahead(tx)
    with open_transaction(service_url) as tx:
        bounds = "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s"
        shown = tx.connection.exec_driver_sql(bounds, ("delivery_2031_12",)).scalar_one()
    assert "2031-12-01 00:00:00+00" in shown and "2032-01-01 00:00:00+00" in shown
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(service_url) as service, refused:
        service.execute("DROP TABLE delivery_2031_12")
