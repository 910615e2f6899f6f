"""PostgreSQL's own programs, called so that no password stands in a list of processes."""

from __future__ import annotations

import os
import subprocess

from psycopg.conninfo import conninfo_to_dict

from portico_ops.backup.manifest import BackupUnusable
from portico_ops.servers.postgres import binary

VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}
KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH")


def run_program(name: str, url: str, *arguments: str) -> None:
    """Run `pg_dump` or `pg_restore` on a database. Raises BackupUnusable with what it said."""
    result = subprocess.run(
        [binary(name), "--no-password", *arguments],
        check=False, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
        env=_environment(url),
    )  # fmt: skip
    if result.returncode:
        raise BackupUnusable(f"{name} failed: {_said(result.stderr)}")


def _environment(url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    given = {VARIABLES[n]: str(v) for n, v in conninfo_to_dict(url).items() if n in VARIABLES}
    return kept | {"LC_ALL": "C"} | given


def _said(errors: str) -> str:
    # The first line alone: those after it may quote rows, and rows are about people.
    lines = [line for line in errors.splitlines() if "error:" in line]
    return (lines or errors.splitlines() or ["nothing"])[0][:300]
