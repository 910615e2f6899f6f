"""Databases that tests use one after the other: none finds what another one left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from portico_kit.database import Store
from portico_kit.testing.databases import Databases
from portico_kit.testing.lending import Lending

ROW = (
    "INSERT INTO outbox (event_id, name, version, aggregate_id, sequence, occurred_at, data) "
    "VALUES (gen_random_uuid(), 'VisitBooked', 1, 'x', 1, now(), '{}') RETURNING seq"
)


@pytest.fixture
def lending(databases: Databases) -> Iterator[Lending]:
    made = Lending(databases)
    yield made
    made.end()


def borrow(lending: Lending) -> Store:
    return lending.store("notifications", connections=2)


def run(store: Store, statement: str) -> list[object]:
    with store.engine.begin() as connection:
        found = connection.execute(sa.text(statement))
        return list(found.scalars()) if found.returns_rows else []


def test_the_next_one_gets_it_empty_and_counts_from_one(lending: Lending) -> None:
    first = borrow(lending)
    assert run(first, ROW) == [1]
    lending.take_back()
    second = borrow(lending)
    assert second.engine.url == first.engine.url
    assert run(second, "SELECT count(*) FROM outbox") == [0]
    assert run(second, ROW) == [1]
    assert run(second, "SELECT count(*) FROM alembic_version") == [1]


def test_tables_that_somebody_made_go(lending: Lending) -> None:
    first = borrow(lending)
    run(first, "CREATE TABLE of_mine (n serial PRIMARY KEY)")
    run(first, "SELECT make_delivery_partitions('2031-01-01', 2)")
    tables = "SELECT count(*) FROM pg_class WHERE relname ~ '^of_mine|^delivery_2031'"
    assert run(first, tables) != [0]
    lending.take_back()
    second = borrow(lending)
    assert second.engine.url == first.engine.url
    assert run(second, tables) == [0]


def test_one_in_which_a_table_is_missing_is_given_to_nobody(lending: Lending) -> None:
    first = borrow(lending)
    run(first, "DROP TABLE outbox CASCADE")
    lending.take_back()
    assert run(borrow(lending), ROW) == [1]


def test_one_that_somebody_still_uses_is_left_to_them(lending: Lending) -> None:
    first = borrow(lending)
    with first.engine.connect() as connection:
        lending.take_back()
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
        assert borrow(lending).engine.url != first.engine.url


def test_two_at_once_are_not_the_same(lending: Lending) -> None:
    assert borrow(lending).engine.url != borrow(lending).engine.url
