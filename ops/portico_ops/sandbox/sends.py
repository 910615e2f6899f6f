"""Everything that anybody tried to hand us, with its reference and how it went: for counting."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any, Literal

from portico_ops.sandbox.database import keep_newest

SCHEMA = """
create table if not exists send (
    id integer primary key autoincrement,
    received_at text not null,
    channel text not null,
    reference text,
    recipient text not null,
    outcome text not null
);
create index if not exists send_reference on send (channel, reference);
"""
KEPT = 50_000
Channel = Literal["mail", "text"]


def prepare(database: sqlite3.Connection) -> None:
    """Make the table where there is none."""
    database.executescript(SCHEMA)


def note(
    database: sqlite3.Connection,
    *,
    channel: Channel,
    reference: str | None,
    recipient: str,
    outcome: str,
) -> None:
    """Write one attempt down; ``outcome`` is ``kept``, or the trouble that it met."""
    with database:
        database.execute(
            "insert into send (received_at, channel, reference, recipient, outcome) "
            "values (?, ?, ?, ?, ?)",
            (datetime.now(UTC).isoformat(), channel, reference, recipient, outcome),
        )
        keep_newest(database, table="send", count=KEPT)


def list_sends(
    database: sqlite3.Connection,
    *,
    channel: str | None = None,
    reference: str | None = None,
    to: str | None = None,
    after: int | None = None,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """Attempts, oldest first; `after` is the number of the last one seen."""
    rows = database.execute(
        """select * from send
           where (:channel is null or channel = :channel)
             and (:reference is null or reference = :reference)
             and (:to is null or recipient = :to) and (:after is null or id > :after)
           order by id limit :limit""",
        {
            "channel": channel, "reference": reference, "to": to, "after": after, "limit": limit,
        },
    )  # fmt: skip
    return [dict(row) for row in rows]
