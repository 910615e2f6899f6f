"""Audit: exactly one row for each read or write of health information, in its transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Connection, text

from .ids import new_id

if TYPE_CHECKING:
    from .database import Transaction

_WRITE = text(
    "INSERT INTO audit_row (id, at, actor, patient_ids, category, action, method) VALUES "
    "(:id, :at, CAST(:actor AS jsonb), :patient_ids, :category, :action, :method)"
)


@dataclass(frozen=True, slots=True)
class Trail:
    """What the audit row of a call will say: part of the record, read or write, by which call.

    The row's method is ``call:way`` where the work said in which way it was done.
    """

    category: str
    action: str
    method: str


def write(connection: Connection, trail: Trail, tx: Transaction) -> None:
    """Insert the row; the relay takes it to the access ledger later, hundreds at a time."""
    connection.execute(
        _WRITE,
        {
            "id": new_id(),
            "at": tx.now,
            "actor": orjson.dumps(tx.actor.for_audit()).decode(),
            "patient_ids": tx.concerned,
            "category": trail.category,
            "action": trail.action,
            "method": f"{trail.method}:{tx.way}" if tx.way else trail.method,
        },
    )
