"""The migrations and the tables in the code tell the same story."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from billing.tables import metadata


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_the_migrated_database_is_what_the_code_expects(office: Any) -> None:
    with office.store.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    # Unique constraints go by PostgreSQL's own names there; everything else is compared.
    assert [difference for difference in found if "constraint" not in str(difference[0])] == []
