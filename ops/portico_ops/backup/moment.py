"""One moment for six databases: nobody announces anything while the six snapshots are taken.

Each database's own snapshot would be a moment of its own. An event that one service has already
acted on could then be missing where it was announced, and nothing could mend that. While every
outbox is locked against writing nothing new is announced anywhere, so no effect can be in one
snapshot whose cause is missing in another. (The other way round, announced and not yet heard, is
what `portico restore` mends.) The locks are held for milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from portico_ops.backup.manifest import BackupUnusable
from portico_ops.bootstrap.roles import CONNECT_WITHIN

LOCK_WITHIN = 1000  # milliseconds that writers may be held up for, at most, a try
TRIES = 60
PAUSE = 0.5  # seconds between tries
PATIENT = (
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
    "SET idle_session_timeout = 0"
)
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@dataclass(frozen=True)
class Moment:
    """A snapshot of each database, by its name at the server, and the moment that they show."""

    taken_at: datetime
    snapshots: Mapping[str, str]
    holders: Mapping[str, psycopg.Connection]


@contextmanager
def one_moment(urls: Mapping[str, str]) -> Iterator[Moment]:
    """Hold one moment of all databases for as long as the block lasts. Raises BackupUnusable.

    The first database's snapshot is the oldest: identity's, whose ledger holds copies of what
    stands in the others.
    """
    with ExitStack() as stack:
        lockers = {name: stack.enter_context(_connect(url)) for name, url in urls.items()}
        holders = {name: stack.enter_context(_connect(url)) for name, url in urls.items()}
        _lock_all(lockers)
        try:
            taken_at = next(iter(holders.values())).execute("SELECT clock_timestamp()").fetchone()
            snapshots = {name: _snapshot(holder) for name, holder in holders.items()}
        finally:
            for locker in lockers.values():
                locker.execute("ROLLBACK")
        assert taken_at is not None
        yield Moment(taken_at[0], snapshots, holders)


@contextmanager
def _connect(url: str) -> Iterator[psycopg.Connection]:
    # Closed without a word of commit: nothing was written.
    connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_WITHIN)
    try:
        connection.execute(PATIENT)
        yield connection
    finally:
        connection.close()


def _lock_all(lockers: Mapping[str, psycopg.Connection]) -> None:
    for _ in range(TRIES):
        try:
            for locker in lockers.values():
                locker.execute("BEGIN")
                locker.execute(f"SET LOCAL lock_timeout = {LOCK_WITHIN}")
                locker.execute("LOCK TABLE outbox IN SHARE MODE")
            return
        except psycopg.errors.LockNotAvailable:
            # Somebody writes much in one transaction: let those go on who wait behind us.
            for locker in lockers.values():
                locker.execute("ROLLBACK")
            time.sleep(PAUSE)
    raise BackupUnusable("No quiet moment was found in a minute: a long write goes on. Try again.")


def _snapshot(holder: psycopg.Connection) -> str:
    holder.execute(BEGIN)
    found = holder.execute("SELECT pg_export_snapshot()").fetchone()
    assert found is not None
    return str(found[0])
