"""Refill requests: one a medicine, sealed on the way in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from portico_kit.database import Transaction

from .tables import refill


def insert_refill(
    tx: Transaction,
    *,
    request_id: UUID,
    patient_id: UUID,
    medication_id: UUID,
    name: str,
    pharmacy: str,
    note: str,
) -> bool:
    """Add a refill; False where one of the same medicine is under way."""
    statement = (
        insert(refill)
        .values(
            request_id=request_id,
            patient_id=patient_id,
            medication_id=medication_id,
            name=tx.seal(patient_id, name),
            pharmacy=tx.seal(patient_id, pharmacy),
            note=tx.seal(patient_id, note),
        )
        .on_conflict_do_nothing(
            index_elements=["patient_id", "medication_id"],
            index_where=refill.c.decided_at.is_(None),
        )
        .returning(refill.c.request_id)
    )
    return tx.execute(statement).first() is not None


def refill_under_way(tx: Transaction, *, patient_id: UUID, medication_id: UUID) -> UUID | None:
    """The request under way for a medicine."""
    wanted = select(refill.c.request_id).where(
        refill.c.patient_id == patient_id,
        refill.c.medication_id == medication_id,
        refill.c.decided_at.is_(None),
    )
    found: UUID | None = tx.execute(wanted).scalar()
    return found


def write_decision(
    tx: Transaction, *, request_id: UUID, patient_id: UUID, reason: str, now: datetime
) -> UUID:
    """Store a decision and its reason; gives the medicine's id."""
    statement = (
        update(refill)
        .where(refill.c.request_id == request_id)
        .values(decided_at=now, reason=tx.seal(patient_id, reason) if reason else None)
        .returning(refill.c.medication_id)
    )
    medication_id: UUID = tx.execute(statement).scalar_one()
    return medication_id
