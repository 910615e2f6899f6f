"""The access ledger, as the patient reads it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from portico_contracts import identity as contract
from portico_contracts.refusal import BadRequest
from portico_kit.database import Transaction

from ..store.tables import account, ledger, ledger_patient, person


def ledger_page(tx: Transaction, request: contract.LedgerPage) -> dict[str, Any]:
    """Who read or changed the record of the patient whom the call is about, newest first."""
    mine = (
        select(ledger)
        .join_from(
            ledger_patient,
            ledger,
            (ledger.c.at == ledger_patient.c.at) & (ledger.c.row_id == ledger_patient.c.row_id),
        )
        .where(ledger_patient.c.patient_id == tx.patient_id)
        .order_by(ledger_patient.c.at.desc(), ledger_patient.c.row_id.desc())
        .limit(request.limit + 1)
    )
    if request.cursor:
        before = tuple_(ledger_patient.c.at, ledger_patient.c.row_id)
        mine = mine.where(before < tuple_(*_cursor(request.cursor)))
    rows = tx.execute(mine).mappings().all()
    shown = rows[: request.limit]
    names = _names(tx, {row["account_id"] for row in shown})
    more = _as_cursor(shown[-1]) if len(rows) > request.limit else None
    return {"items": [_entry(row, names, tx) for row in shown], "next": more}


def _entry(row: Mapping[str, Any], names: Mapping[UUID, str], tx: Transaction) -> dict[str, Any]:
    name = names.get(row["account_id"], "")
    return {
        "entry_id": row["row_id"],
        "at": row["at"],
        "who": {"kind": _who(row, tx), "name": name, "roles": row["roles"]},
        "category": row["category"],
        "action": row["action"],
        "order": row["method"],
        "on_behalf": row["relationship"] not in (None, "self"),
    }


def _who(row: Mapping[str, Any], tx: Transaction) -> str:
    if row["account_id"] is not None and row["account_id"] == tx.actor.account_id:
        return "you"
    kinds = {"staff": "staff", "patient": "person"}
    return kinds.get(row["actor_kind"], "system")


def _names(tx: Transaction, account_ids: set[UUID]) -> dict[UUID, str]:
    full = func.concat_ws(" ", person.c.first_name, person.c.last_name).label("full_name")
    named = select(account.c.id, full).join(person).where(account.c.id.in_(account_ids))
    return {row.id: row.full_name for row in tx.execute(named)}


def _as_cursor(row: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{row['at'].isoformat()} {row['row_id']}".encode()).decode()


def _cursor(text: str) -> tuple[datetime, UUID]:
    try:
        at, _, row_id = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, UUID(row_id)
    except (ValueError, binascii.Error):
        raise BadRequest(fields={"cursor": ["Not a cursor of ours."]}) from None
