"""Six databases out of a backup's files: all loaded and counted first, then all exchanged."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from psycopg import sql

from portico_kit.migrate import folder_of
from portico_ops.backup.manifest import BackupUnusable, Manifest
from portico_ops.backup.programs import run_program
from portico_ops.backup.taking import rows_of
from portico_ops.bootstrap.roles import (
    Logins,
    connect_as_administrator,
    database_of,
    grant_database,
    make_empty_database,
)

Say = Callable[[str], None]
LEAVE_WITHIN = 10.0  # seconds for the sessions of processes that have just ended
IN_USE = "SELECT datname, count(*) FROM pg_stat_activity WHERE datname = ANY(%s) GROUP BY 1"
NAMED_LIKE = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY datname"


class StillRunning(Exception):
    """Somebody works with what is to be replaced; the message says who, and what to do."""


def check_release(manifest: Manifest) -> None:
    """Raises BackupUnusable where a database is newer than this release's migrations."""
    for service, part in manifest.parts.items():
        known = ScriptDirectory(str(folder_of(service)))
        try:
            known.get_revision(part.revision)
        except CommandError:
            raise BackupUnusable(
                f"The backup's {service} is at migration {part.revision}, which this release "
                f"does not know. Restore with release {manifest.release} or a later one."
            ) from None


def refuse_sessions(
    administrator_url: str, names: list[str], *, within: float = LEAVE_WITHIN
) -> None:
    """Raises StillRunning where anybody is still connected to the databases after that time."""
    deadline = time.monotonic() + within
    with connect_as_administrator(administrator_url) as connection:
        while found := connection.execute(IN_USE, (names,)).fetchall():
            if time.monotonic() > deadline:
                who = ", ".join(f"{name} ({count})" for name, count in found)
                raise StillRunning(f"Sessions are open in {who}. Stop whatever works there first.")
            time.sleep(0.2)


def load(
    folder: Path,
    manifest: Manifest,
    *,
    administrator_url: str,
    logins: Mapping[str, Logins],
    stamp: str,
    say: Say,
) -> None:
    """Load every database beside the one that it will replace, and count its rows.

    Nothing that is in use is touched. Raises BackupUnusable.
    """
    for service, part in manifest.parts.items():
        login = logins[service]
        name = _fresh(login, stamp)
        with connect_as_administrator(administrator_url) as connection:
            if connection.info.server_version // 10_000 < manifest.server // 10_000:
                raise BackupUnusable("The server is older than the one that was backed up.")
            # If we were killed, and our program was not, it may still be at work here.
            _drop(connection, name, whoever_is_there=True)
            make_empty_database(connection, name, owner_url=login.owner)
        grant_database(at(administrator_url, name), login, name)
        url = at(login.owner, name)
        run_program("pg_restore", url, "--dbname", name, "--exit-on-error", "--jobs=2",
                    str(folder / part.file))  # fmt: skip
        _compare(service, url, part.rows)
        say(f"{service} is loaded")


def exchange(*, administrator_url: str, logins: Mapping[str, Logins], stamp: str) -> list[str]:
    """Put the loaded databases in place; the names under which the former ones are kept.

    Safe to repeat: one that was exchanged already stays. Former ones of earlier restores go.
    """
    kept = []
    with connect_as_administrator(administrator_url) as connection:
        for login in logins.values():
            name = database_of(login.owner)
            former, fresh = f"{name}_before_{stamp}", _fresh(login, stamp)
            there = {row[0] for row in connection.execute(NAMED_LIKE, (f"{name}%",)).fetchall()}
            if fresh in there:
                if former in there:  # ended between the two: what stands there was loaded before
                    _drop(connection, name)
                elif name in there:
                    _rename(connection, name, former)
                _rename(connection, fresh, name)
            for old in there - {former}:
                if old.startswith((f"{name}_before_", f"{name}_restoring_")) and old != fresh:
                    _drop(connection, old)
            kept.append(former)
    return kept


def at(url: str, database: str) -> str:
    """The same login, at another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _fresh(login: Logins, stamp: str) -> str:
    return f"{database_of(login.owner)}_restoring_{stamp}"


def _compare(service: str, url: str, wanted: Mapping[str, int]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        found = rows_of(connection)
    wrong = sorted(name for name, count in wanted.items() if found.get(name) != count)
    if wrong:
        raise BackupUnusable(f"{service} did not come back whole: {', '.join(wrong[:5])}.")


def _drop(connection: psycopg.Connection, name: str, *, whoever_is_there: bool = False) -> None:
    how = sql.SQL(" WITH (FORCE)" if whoever_is_there else "")
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)) + how)


def _rename(connection: psycopg.Connection, name: str, to: str) -> None:
    command = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(command.format(sql.Identifier(name), sql.Identifier(to)))
