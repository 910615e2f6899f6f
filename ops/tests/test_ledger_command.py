"""`portico ledger verify`, as an operator runs it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from identity.adapters import anchors
from identity.commands.ledger import append_audit
from portico_kit.database import open_transaction
from portico_kit.ids import new_id

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(service_database: Callable[[str], str]) -> str:
    """A ledger of twelve rows."""
    url = service_database("identity")
    with open_transaction(url) as tx:
        append_audit(tx, [row() for _ in range(12)])
    return url


def row() -> dict[str, object]:
    actor = {"kind": "system", "account_id": None, "roles": [], "relationship": None}
    return {
        "id": str(new_id()), "at": AT.isoformat(), "service": "records", "actor": actor,
        "patient_ids": [str(new_id())], "category": "results", "action": "read",
        "method": "list_results",
    }  # fmt: skip


def verify(url: str, *files: Path) -> subprocess.CompletedProcess[str]:
    words = [str(Path(sys.executable).with_name("portico")), "ledger", "verify", "--processes", "1"]
    return subprocess.run(
        [*words, *(word for file in files for word in ("--anchors", str(file)))],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PORTICO_IDENTITY_DATABASE_URL": url, "PORTICO_DIRECTORY": "/nowhere"},
    )


def change(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_what_stands_is_said_to_stand(database: str, tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    with open_transaction(database) as tx:
        head = tx.execute(text("SELECT month, position, hash FROM ledger_head")).one()
    anchors.note(file, [anchors.Anchor(*head)], timestamp=AT.isoformat())
    done = verify(database, file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "November 2026: 12 rows, all as they were written. Anchors: 1.\n"


def test_the_first_row_that_was_changed_is_named(database: str) -> None:
    change(database, "UPDATE ledger SET action = 'write' WHERE position IN (7, 9)")
    done = verify(database)
    assert done.returncode == 1
    assert "November 2026: at 7 the row is not the one that was written here (row " in done.stdout
    assert "Without anchors" in done.stdout


def test_what_cannot_be_looked_through_is_told_apart(database: str, tmp_path: Path) -> None:
    missing = verify(database, tmp_path / "missing.jsonl")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    away = verify("postgresql://nobody:nothing@127.0.0.1:1/nowhere")
    assert (away.returncode, away.stderr.count("\n")) == (2, 1)
    assert "does not answer" in away.stderr
