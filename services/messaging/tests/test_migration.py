"""The tables that the code knows are the tables that the migration makes."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from messaging.store import metadata


def test_migrated_tables_are_those_that_the_code_knows(practice: Any) -> None:
    with practice.store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)
    assert [d for d in differences if "alembic_version" not in str(d)] == []
