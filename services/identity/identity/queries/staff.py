"""One who works here, for who administers the practice."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction

from ..store import people, recoveries
from ..store.tables import account, staff
from .people import STAFF_CARD


def show_staff_member(tx: Transaction, staff_id: UUID, *, now: datetime) -> dict[str, Any]:
    """A present member of staff. Raises NotFound."""
    one = STAFF_CARD.add_columns(staff.c.joined_at, account.c.last_sign_in_at)
    present = one.where(staff.c.account_id == staff_id, staff.c.left_at.is_(None))
    row = tx.execute(present).mappings().one_or_none()
    if row is None:
        raise NotFound
    return {
        **row,
        "logins": people.logins_of(tx, staff_id),
        "link_until": recoveries.joining_until(tx, staff_id, now=now),
    }
