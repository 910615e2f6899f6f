"""Reads of billing: every amount that is owed comes from the ledger."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, tuple_

from portico_contracts.billing import ListStatements
from portico_contracts.refusal import BadRequest, NotFound

from . import store
from .domain import CURRENCY, PATIENT_RECEIVABLE
from .tables import journal_entry, payment, posting, statement, statement_line

LINE = (
    "service_on",
    "code",
    "charge_cents",
    "adjustment_cents",
    "insurance_cents",
    "patient_cents",
)
PAYMENT = (
    "statement_id",
    "state",
    "amount_cents",
    "currency",
    "card_brand",
    "card_last_four",
    "reason",
    "started_at",
    "finished_at",
)


def list_statements(tx: Any, request: ListStatements) -> dict[str, Any]:
    """A patient's statements, newest first, one page at a time."""
    query = _statements(tx.patient_id).limit(request.limit + 1)
    if request.show == "open":
        query = query.where(_OWED.c.balance_cents > 0)
    if request.cursor:
        query = query.where(tuple_(statement.c.issued_at, statement.c.id) < _read(request.cursor))
    rows = [dict(row) for row in tx.execute(query).mappings()]
    more, rows = len(rows) > request.limit, rows[: request.limit]
    today = _today(tx)
    return {
        "items": [_row(row, today) for row in rows],
        "next": _cursor(rows[-1]) if more else None,
    }


_OWED = (
    select(func.coalesce(func.sum(posting.c.cents), 0).label("balance_cents"))
    .where(posting.c.statement_id == statement.c.id, posting.c.account == PATIENT_RECEIVABLE)
    .correlate(statement)
    .lateral("owed")
)


def _statements(patient_id: UUID) -> Select[Any]:
    return (
        select(statement, _OWED.c.balance_cents)
        .where(statement.c.patient_id == patient_id)
        .order_by(statement.c.issued_at.desc(), statement.c.id.desc())
    )


def _today(tx: Any) -> date:
    zone = store.zone_of(tx, tx.patient_id) or tx.config.practice_zone
    today: date = tx.now.astimezone(ZoneInfo(zone)).date()
    return today


def _row(row: dict[str, Any], today: date) -> dict[str, Any]:
    balance = int(row["balance_cents"])
    return {
        "statement_id": row["id"],
        "issued_on": row["issued_on"],
        "due_on": row["due_on"],
        "currency": row["currency"],
        "patient_cents": row["patient_cents"],
        "paid_cents": row["patient_cents"] - balance,
        "balance_cents": balance,
        "state": "open" if balance > 0 else "paid",
        "overdue": balance > 0 and row["due_on"] < today,
    }


def show_statement(tx: Any, statement_id: UUID) -> dict[str, Any]:
    """One statement of the patient with its lines and payments. Raises NotFound."""
    query = _statements(tx.patient_id).where(statement.c.id == statement_id)
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound
    totals = {name: row[name] for name in LINE if name.endswith("_cents")}
    return {
        **totals,
        **_row(dict(row), _today(tx)),
        "lines": _lines(tx, statement_id),
        "payments": _payments(tx, statement_id),
    }


def _lines(tx: Any, statement_id: UUID) -> list[dict[str, Any]]:
    query = select(statement_line).where(statement_line.c.statement_id == statement_id)
    rows = tx.execute(query.order_by(statement_line.c.position)).mappings()
    return [
        {
            "line_id": row["id"],
            "description": tx.unseal(tx.patient_id, row["description"]),
            **{name: row[name] for name in LINE},
        }
        for row in rows
    ]


def _payments(tx: Any, statement_id: UUID) -> list[dict[str, Any]]:
    query = select(payment).where(payment.c.statement_id == statement_id)
    rows = tx.execute(query.order_by(payment.c.started_at.desc()).limit(100)).mappings()
    return [payment_row(dict(row)) for row in rows]


def payment_row(row: dict[str, Any]) -> dict[str, Any]:
    """A payment as others may see it."""
    return {"payment_id": row["id"], **{name: row[name] for name in PAYMENT}}


def show_payment(tx: Any, payment_id: UUID) -> dict[str, Any]:
    """One payment of the patient. Raises NotFound."""
    return payment_row(store.payment_of(tx, payment_id=payment_id, patient_id=tx.patient_id))


def home_bills(tx: Any) -> dict[str, Any]:
    """What the patient owes altogether, and which bill comes first."""
    owed = _statements(tx.patient_id).where(_OWED.c.balance_cents > 0)
    rows = [dict(row) for row in tx.execute(owed).mappings()]
    first = min(rows, key=lambda row: (row["due_on"], row["issued_at"]), default=None)
    return {
        "balance_cents": sum(int(row["balance_cents"]) for row in rows),
        "currency": CURRENCY,
        "open_statements": len(rows),
        "overdue": first is not None and first["due_on"] < _today(tx),
        "next_due_on": first["due_on"] if first else None,
        "statement_id": first["id"] if first else None,
    }


def ledger_balance(tx: Any) -> dict[str, Any]:
    """The trial balance: every account's debits and credits. Reads the whole ledger."""
    cents = posting.c.cents
    query = (
        select(
            posting.c.account,
            posting.c.currency,
            func.coalesce(func.sum(cents).filter(cents > 0), 0).label("debit"),
            func.coalesce(-func.sum(cents).filter(cents < 0), 0).label("credit"),
        )
        .group_by(posting.c.account, posting.c.currency)
        .order_by(posting.c.account)
    )
    accounts = [_account(row) for row in tx.execute(query).mappings()]
    return {
        "accounts": accounts,
        "difference_cents": sum(account["balance_cents"] for account in accounts),
        "entries": tx.execute(select(func.count()).select_from(journal_entry)).scalar_one(),
    }


def _account(row: Any) -> dict[str, Any]:
    debit, credit = int(row["debit"]), int(row["credit"])
    return {
        "account": row["account"],
        "currency": row["currency"],
        "debit_cents": debit,
        "credit_cents": credit,
        "balance_cents": debit - credit,
    }


def _cursor(row: dict[str, Any]) -> str:
    raw = f"{row['issued_at'].isoformat()} {row['id']}"
    return base64.urlsafe_b64encode(raw.encode()).decode()


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, _, statement_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return datetime.fromisoformat(moment), UUID(statement_id)
    except (ValueError, binascii.Error):
        raise BadRequest(fields={"cursor": ["Not a cursor of ours."]}) from None
