"""Records keeps its promises in form: every request is answered, tables are as migrated."""

from __future__ import annotations

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from portico_contracts.rpc import REGISTRY
from portico_kit.database import Store
from records.service import Records
from records.store import views
from records.store.tables import metadata


def test_every_request_that_records_promises_is_answered() -> None:
    promised = {order.method for order in REGISTRY.values() if order.service == "records"}
    assert {m for m in promised if not hasattr(Records, m)} == set()


def test_the_migration_makes_the_tables_that_the_code_knows(
    service_store: Callable[..., Store],
) -> None:
    assert views.VIEWS
    with service_store("records").engine.connect() as connection:
        # Indexes on expressions cannot be compared; everything else can.
        differences = [
            difference
            for difference in compare_metadata(MigrationContext.configure(connection), metadata)
            if "index" not in str(difference[0])
        ]
    assert differences == []


def test_every_index_of_the_code_is_in_the_migration(
    service_store: Callable[..., Store],
) -> None:
    named = {index.name for table in metadata.tables.values() for index in table.indexes}
    with service_store("records").transaction() as tx:
        there = tx.connection.exec_driver_sql("SELECT indexname FROM pg_indexes").scalars()
        assert named <= set(there)
