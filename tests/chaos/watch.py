"""Copies of the timekeeper, as real processes on one database."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations

from portico_kit.tables import create_kit_tables
from portico_kit.testing.databases import store_at
from portico_kit.testing.processes import ServiceProcess
from tests.chaos import timekeeper

ROOT = Path(__file__).resolve().parents[2]


class Watch:
    """Copies of the timekeeper on one database."""

    def __init__(self, database_url: str, amqp_url: str, folder: Path) -> None:
        self.database_url, self.amqp_url, self.folder = database_url, amqp_url, folder
        self.copies: list[ServiceProcess] = []
        store = store_at(database_url, connections=1)
        with store.engine.begin() as connection:
            create_kit_tables(Operations(MigrationContext.configure(connection)))
            timekeeper.metadata.create_all(connection)
        store.engine.dispose()

    def start(self, **settings: str) -> None:
        """One more copy."""
        made = ServiceProcess.service(
            "tests.chaos.timekeeper:Timekeeper",
            database_url=self.database_url,
            amqp_url=self.amqp_url,
            output=self.folder / f"timekeeper-{len(self.copies)}.log",
            PYTHONPATH=str(ROOT),
            **settings,
        )
        self.copies.append(made)
        made.start(wait=False)

    def ticks(self) -> list[tuple[int, float]]:
        """Who ticked, and at which second, in order."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            query = "SELECT pid, extract(epoch FROM began_at)::float FROM tick ORDER BY began_at"
            return connection.execute(query).fetchall()  # type: ignore[return-value]

    def kill_leader(self) -> int:
        """End whoever ticked last, as a crash would; its pid."""
        pid = self.ticks()[-1][0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def end(self) -> None:
        for copy in self.copies:
            copy.kill()
