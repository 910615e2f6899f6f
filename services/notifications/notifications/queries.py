"""Reads of notifications."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from portico_contracts.notifications import ListNotices
from portico_contracts.refusal import BadRequest

from .domain import KINDS
from .tables import delivery

SHOWN = "id channel kind state reason parameters created_at settled_at".split()


def list_notices(tx: Any, request: ListNotices) -> dict[str, Any]:
    """What was sent to the patient, newest first, one page at a time."""
    query = (
        select(*(delivery.c[name] for name in SHOWN))
        .where(delivery.c.recipient_id == tx.patient_id, delivery.c.recipient_kind == "patient")
        .order_by(delivery.c.created_at.desc(), delivery.c.id.desc())
        .limit(request.limit + 1)
    )
    if request.cursor:
        query = query.where(tuple_(delivery.c.created_at, delivery.c.id) < _read(request.cursor))
    rows = [dict(row) for row in tx.execute(query).mappings()]
    more, rows = len(rows) > request.limit, rows[: request.limit]
    return {"items": [_notice(row) for row in rows], "next": _cursor(rows[-1]) if more else None}


def _notice(row: dict[str, Any]) -> dict[str, Any]:
    subject = row["parameters"].get("subject_id")
    plain = {name: row[name] for name in SHOWN if name not in ("id", "parameters")}
    return {
        "notice_id": row["id"],
        **plain,
        "place": KINDS[row["kind"]].place,
        "subject_id": UUID(subject) if subject else None,
    }


def _cursor(row: dict[str, Any]) -> str:
    raw = f"{row['created_at'].isoformat()} {row['id']}"
    return base64.urlsafe_b64encode(raw.encode()).decode()


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, _, delivery_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return datetime.fromisoformat(moment), UUID(delivery_id)
    except (ValueError, binascii.Error):
        raise BadRequest(fields={"cursor": ["Not a cursor of ours."]}) from None
