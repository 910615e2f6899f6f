"""What people choose for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portico_contracts import identity as contract
from portico_kit.database import Transaction

from ..store import people


def change_language(
    tx: Transaction, request: contract.ChangeLanguage, *, now: datetime
) -> dict[str, Any]:
    """Choose the caller's language."""
    return people.change_language(
        tx,
        tx.actor.account_id,
        language=request.language,
        zone=tx.config.practice_zone,
        now=now,
    )
