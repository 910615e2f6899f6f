"""Migrations: ``python -m portico_kit.migrate scheduling`` with ``PORTICO_MIGRATION_URL``.

Each service keeps its Alembic revisions in ``services/<name>/migrations/versions``; there is one
way to run them, so there is no ``env.py`` to copy six times. The kit's tables stand in every
database, and grow here after them: no service writes a revision for what the kit keeps.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from .tables import grow_kit_tables

LOCK = 7072696


def folder_of(service: str) -> Path:
    """Where a service keeps its migrations."""
    home = os.environ.get("PORTICO_HOME")
    root = Path(home) if home else Path(__file__).resolve().parents[2]
    return root / "services" / service / "migrations"


def upgrade(service: str, url: str) -> None:
    """Bring a service's database to its newest revision; one runner at a time."""
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        _run(connection, folder_of(service))
        grow_kit_tables(connection)
    engine.dispose()


def _run(connection: Connection, folder: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory(str(folder))
    environment = EnvironmentContext(
        config, script, fn=lambda revision, _context: script._upgrade_revs("head", revision)
    )
    with environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def main(services: list[str]) -> int:
    """Migrate the services named; ``PORTICO_MIGRATION_URL`` may hold ``{service}``."""
    url = os.environ.get("PORTICO_MIGRATION_URL")
    if not url or not services:
        print("usage: PORTICO_MIGRATION_URL=… python -m portico_kit.migrate SERVICE…")
        return 2
    for service in services:
        upgrade(service, url.replace("{service}", service))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
