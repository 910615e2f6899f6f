"""Refill requests as patients and staff read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from portico_contracts import messaging as contract
from portico_kit.database import Transaction

from ..domain.refills import refill_status
from ..store.requests import standing_of
from ..store.tables import refill, request
from .paging import cut, page
from .people import People


def list_requests(tx: Transaction, wanted: contract.ListRequests) -> dict[str, Any]:
    """A patient's refill requests, newest first."""
    query = page(
        _refills().where(request.c.patient_id == tx.patient_id),
        request.c.opened_at,
        request.c.id,
        cursor=wanted.cursor,
        limit=wanted.limit,
        newest_first=True,
    )
    rows = tx.execute(query).mappings().all()
    shown, following = cut(rows, wanted.limit, lambda row: (row["opened_at"], row["id"]))
    return {"items": _views(tx, shown), "next": following}


def refills_asked(tx: Transaction, request_ids: list[UUID]) -> dict[str, Any]:
    """The refills just asked for, in the order of asking."""
    views = {v["request_id"]: v for v in refills_of(tx, request_ids)}
    return {"items": [views[i] for i in request_ids]}


def refills_of(tx: Transaction, request_ids: list[UUID]) -> list[dict[str, Any]]:
    """Refills by the ids of their requests."""
    return _views(tx, tx.execute(_refills().where(request.c.id.in_(request_ids))).mappings().all())


def open_refills(tx: Transaction, *, limit: int) -> list[dict[str, Any]]:
    """What the patient still waits for, newest first."""
    own = (request.c.patient_id == tx.patient_id) & refill.c.decided_at.is_(None)
    query = _refills().where(own).order_by(request.c.opened_at.desc()).limit(limit)
    return _views(tx, tx.execute(query).mappings().all())


def _refills() -> Select[Any]:
    return select(request, refill).join(refill, refill.c.request_id == request.c.id)


def _views(tx: Transaction, rows: Sequence[Any]) -> list[dict[str, Any]]:
    people = People(tx, (row["taken_by"] for row in rows))
    return [_view(tx, row, people) for row in rows]


def _view(tx: Transaction, row: Any, people: People) -> dict[str, Any]:
    patient_id, standing = row["patient_id"], standing_of(row)
    return {
        "request_id": row["id"],
        "medication_id": row["medication_id"],
        "name": tx.unseal(patient_id, row["name"]),
        "pharmacy": tx.unseal(patient_id, row["pharmacy"]),
        "note": tx.unseal(patient_id, row["note"]),
        "status": refill_status(standing),
        "reason": tx.unseal(patient_id, row["reason"]) if row["reason"] else None,
        "asked_at": row["opened_at"],
        "due_at": standing.shown_due_at,
        "decided_at": row["decided_at"],
        "decided_by": people.named(row["taken_by"]) if row["decided_at"] else None,
    }
