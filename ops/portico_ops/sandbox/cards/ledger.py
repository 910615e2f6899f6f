"""Keeping intents, refunds and first answers."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from portico_ops.sandbox.cards.intents import CardRefusal, Intent

ANSWERS_KEPT = 5000


def find_intent(database: sqlite3.Connection, *, number: str) -> Intent:
    """The intent; refuses as Stripe does when there is none."""
    row = database.execute("select body from intent where id = ?", (number,)).fetchone()
    if row is None:
        raise CardRefusal(
            f"No such payment_intent: '{number}'",
            status=404,
            code="resource_missing",
            param="intent",
        )
    intent: Intent = json.loads(row["body"])
    return intent


def find_return_url(database: sqlite3.Connection, *, number: str) -> str | None:
    """Where the patient goes after paying."""
    row = database.execute("select return_url from intent where id = ?", (number,)).fetchone()
    return row["return_url"] if row else None


def keep_intent(
    database: sqlite3.Connection, intent: Intent, *, return_url: str | None = None
) -> None:
    """Store the intent as it is now; a return address once told is kept."""
    database.execute(
        """insert into intent (id, created, body, return_url) values (?, ?, ?, ?)
           on conflict (id) do update set body = excluded.body,
           return_url = coalesce(excluded.return_url, return_url)""",
        (intent["id"], intent["created"], json.dumps(intent), return_url),
    )


def list_intents(database: sqlite3.Connection, *, limit: int = 50) -> list[Intent]:
    """The newest intents first."""
    rows = database.execute("select body from intent order by rowid desc limit ?", (limit,))
    return [json.loads(row["body"]) for row in rows]


def page_of_intents(
    database: sqlite3.Connection, *, since: int, after: str | None, limit: int
) -> list[Intent]:
    """Intents made from `since` on (Unix seconds), newest first, behind the one named `after`."""
    rows = database.execute(
        """select body from intent where created >= :since and (:after is null
           or rowid < (select rowid from intent where id = :after))
           order by rowid desc limit :limit""",
        {"since": since, "after": after, "limit": limit},
    )
    return [json.loads(row["body"]) for row in rows]


def keep_refund(database: sqlite3.Connection, refund: dict[str, Any]) -> None:
    """Store one refund."""
    database.execute(
        "insert into refund (id, intent_id, amount, body) values (?, ?, ?, ?)",
        (refund["id"], refund["payment_intent"], refund["amount"], json.dumps(refund)),
    )


def find_refund(database: sqlite3.Connection, *, number: str) -> dict[str, Any]:
    """The refund; refuses as Stripe does when there is none."""
    row = database.execute("select body from refund where id = ?", (number,)).fetchone()
    if row is None:
        raise CardRefusal(
            f"No such refund: '{number}'", status=404, code="resource_missing", param="refund"
        )
    refund: dict[str, Any] = json.loads(row["body"])
    return refund


def refunded_so_far(database: sqlite3.Connection, *, number: str) -> int:
    """Cents already given back on one intent."""
    (total,) = database.execute(
        "select coalesce(sum(amount), 0) from refund where intent_id = ?", (number,)
    ).fetchone()
    return int(total)


def find_answer(
    database: sqlite3.Connection, *, key: str, fingerprint: str
) -> tuple[int, dict[str, Any]] | None:
    """The first answer given under an idempotency key; refuses a key used for something else."""
    row = database.execute("select * from card_reply where key = ?", (key,)).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != fingerprint:
        raise CardRefusal(
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with.",
            kind="idempotency_error",
        )
    return row["status"], json.loads(row["body"])


def keep_answer(
    database: sqlite3.Connection,
    *,
    key: str,
    fingerprint: str,
    status: int,
    body: dict[str, Any],
) -> None:
    """Store the first answer under its key."""
    database.execute(
        "insert into card_reply (key, fingerprint, status, body) values (?, ?, ?, ?)",
        (key, fingerprint, status, json.dumps(body)),
    )
    database.execute(
        "delete from card_reply where rowid <= (select max(rowid) from card_reply) - ?",
        (ANSWERS_KEPT,),
    )
