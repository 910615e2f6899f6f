"""A provider who left: nothing is offered with them, and their coming visits need somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from portico_kit.database import Transaction

from .tables import appointment, offered, provider

a = appointment.c


def hold_provider(tx: Transaction, *, staff_account_id: UUID) -> UUID | None:
    """The provider who is this member of staff, if any, held until the transaction ends.

    Who books with them waits, or is waited for (see `agenda.load_offer`).
    """
    theirs = select(provider.c.provider_id).where(provider.c.staff_account_id == staff_account_id)
    found: UUID | None = tx.execute(theirs.with_for_update()).scalar_one_or_none()
    return found


def offer_nothing(tx: Transaction, provider_id: UUID, *, now: datetime) -> None:
    """No free times with this provider from here on, for patients and staff alike."""
    tx.execute(update(provider).where(provider.c.provider_id == provider_id).values(left_at=now))
    tx.execute(delete(offered).where(offered.c.provider_id == provider_id))


def coming_visits(tx: Transaction, provider_id: UUID, *, now: datetime) -> list[Row[Any]]:
    """Booked visits with a provider that have not begun, the first one first."""
    wanted = select(a.appointment_id, a.patient_id, a.provider_id, a.starts_at).where(
        a.provider_id == provider_id, a.state == "booked", a.starts_at > now
    )
    return list(tx.execute(wanted.order_by(a.starts_at, a.appointment_id)))
