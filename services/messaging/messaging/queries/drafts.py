"""Drafts, to go on typing where one stopped."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portico_kit.database import Transaction

from ..store import drafts

EMPTY = {"topic": "", "subject": "", "body": "", "saved_at": None}


def show_draft(tx: Transaction, *, place: str, patient_id: UUID) -> dict[str, Any]:
    """What this account kept at a place; empty texts where there is nothing."""
    account_id = tx.actor.account_id
    kept = drafts.read_draft(tx, account_id=account_id, place=place, patient_id=patient_id)
    return {"place": place, **(kept or EMPTY)}
