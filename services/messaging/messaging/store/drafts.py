"""Drafts: one for each account and place, sealed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_kit.database import Transaction

from .tables import draft

# Places are named by ids that nobody here can check: without an end a script could fill the disk.
MOST_DRAFTS = 100


def save_draft(
    tx: Transaction,
    *,
    account_id: UUID,
    place: str,
    patient_id: UUID,
    content: dict[str, str],
    now: datetime,
) -> None:
    """Keep a draft in place of the one before; of very many, the oldest go."""
    values = {
        "patient_id": patient_id,
        "content": tx.seal(patient_id, json.dumps(content)),
        "saved_at": now,
    }
    statement = upsert(draft).values(account_id=account_id, place=place, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["account_id", "place"], set_=values))
    mine = select(draft.c.place).where(draft.c.account_id == account_id)
    oldest = mine.order_by(draft.c.saved_at.desc(), draft.c.place).offset(MOST_DRAFTS)
    tx.execute(delete(draft).where(draft.c.account_id == account_id, draft.c.place.in_(oldest)))


def forget_draft(tx: Transaction, *, account_id: UUID, place: str) -> None:
    """Drop a draft, if there is one."""
    tx.execute(delete(draft).where(draft.c.account_id == account_id, draft.c.place == place))


def forget_all_of(tx: Transaction, account_id: UUID) -> None:
    """Drop what somebody typed and did not send."""
    tx.execute(delete(draft).where(draft.c.account_id == account_id))


def read_draft(
    tx: Transaction, *, account_id: UUID, place: str, patient_id: UUID
) -> dict[str, Any] | None:
    """A draft about this patient with its text open; None where there is none."""
    wanted = select(draft.c.content, draft.c.saved_at).where(
        draft.c.account_id == account_id,
        draft.c.place == place,
        draft.c.patient_id == patient_id,
    )
    row = tx.execute(wanted).first()
    if row is None:
        return None
    return {**json.loads(tx.unseal(patient_id, row.content)), "saved_at": row.saved_at}
