"""The migrations and the tables in the code tell the same story."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from scheduling.store import metadata


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_the_migrated_database_is_what_the_code_expects(clinic):
    with clinic.store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
