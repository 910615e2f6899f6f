"""Writes on laboratory results."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, select, update

from .views import lab_comment, lab_result

if TYPE_CHECKING:
    from portico_kit.database import Transaction


class Result(NamedTuple):
    """What decides whether a result can be released."""

    id: UUID
    patient_id: UUID
    status: str
    released_at: datetime | None


def lock(tx: Transaction, result_id: UUID) -> Result | None:
    """The result, with its row locked: of two clinicians the second sees what the first did."""
    c = lab_result.c
    found = select(c.id, c.patient_id, c.status, c.released_at).where(c.id == result_id)
    row = tx.execute(found.with_for_update()).first()
    return Result(*row) if row else None


def release(tx: Transaction, *, result_id: UUID, by: UUID | None, at: datetime) -> None:
    """Set who released it and when; a released result stays as it is."""
    c = lab_result.c
    tx.execute(
        update(lab_result)
        .where(c.id == result_id, c.released_at.is_(None))
        .values(released_at=at, released_by=by)
    )


def note_first_view(tx: Transaction, *, result_id: UUID, patient_id: UUID, at: datetime) -> None:
    """Set the time of the first opening; later ones change nothing."""
    c = lab_result.c
    tx.execute(
        update(lab_result)
        .where(c.id == result_id, c.patient_id == patient_id, c.first_viewed_at.is_(None))
        .values(first_viewed_at=at)
    )


def add_comment(tx: Transaction, **columns: Any) -> None:
    """Add a comment and mark its result."""
    tx.execute(insert(lab_comment).values(**columns))
    marked = update(lab_result).where(lab_result.c.id == columns["result_id"])
    tx.execute(marked.values(has_comment=True))
