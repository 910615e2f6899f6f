"""Keeping text messages and reading them back."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime
from typing import Any

from portico_ops.sandbox import references
from portico_ops.sandbox.database import keep_newest


def keep_text(
    database: sqlite3.Connection,
    *,
    account: str,
    sender: str,
    recipient: str,
    body: str,
    token: str | None,
    newest_kept: int,
    now: datetime,
) -> tuple[dict[str, Any], bool]:
    """Store a text; the stored row, and whether it is new (a known token gives the first one)."""
    known = _find_by_token(database, token)
    if known:
        references.known(database, channel="text", name=token)
        return known, False
    sid = "SM" + secrets.token_hex(16)
    with database:
        number = database.execute(
            """insert into text_message
               (sid, received_at, account, sender, recipient, body, status, token)
               values (?, ?, ?, ?, ?, ?, 'queued', ?)""",
            (sid, now.isoformat(), account, sender, recipient, body, token),
        ).lastrowid
        assert number is not None
        references.keep(
            database, channel="text", name=token, number=number, newest_kept=newest_kept
        )
        keep_newest(database, table="text_message", count=newest_kept)
    stored = read_text(database, sid=sid)
    assert stored is not None
    return stored, True


def read_text(database: sqlite3.Connection, *, sid: str) -> dict[str, Any] | None:
    """One text by the provider's number for it."""
    row = database.execute("select * from text_message where sid = ?", (sid,)).fetchone()
    return dict(row) if row else None


def set_status(
    database: sqlite3.Connection, *, sid: str, status: str, error_code: int | None
) -> None:
    """Move a text on to `sent`, `delivered` or `undelivered`."""
    with database:
        database.execute(
            "update text_message set status = ?, error_code = ? where sid = ?",
            (status, error_code, sid),
        )


def list_texts(
    database: sqlite3.Connection,
    *,
    to: str | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Texts newest first."""
    rows = database.execute(
        """select id, sid, received_at, sender, recipient, body, status, error_code
           from text_message
           where (:to is null or recipient = :to) and (:before is null or id < :before)
             and (:after is null or id > :after)
           order by id desc limit :limit""",
        {"to": to or None, "before": before, "after": after, "limit": limit},
    )
    return [dict(row) for row in rows]


def clear_texts(database: sqlite3.Connection, *, to: str | None = None) -> int:
    """Delete all texts, or those to one number; how many went."""
    with database:
        return database.execute(
            "delete from text_message where :to is null or recipient = :to", {"to": to or None}
        ).rowcount


def _find_by_token(database: sqlite3.Connection, token: str | None) -> dict[str, Any] | None:
    if not token:
        return None
    row = database.execute("select * from text_message where token = ?", (token,)).fetchone()
    return dict(row) if row else None
