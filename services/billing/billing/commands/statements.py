"""Issuing statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from portico_contracts.billing import IssueStatement, NewLine, StatementIssued
from portico_kit.ids import new_id

from .. import store
from ..domain import CURRENCY, Totals, adjudicated, charged, check_amount, paid, totals_of


def issue_statement(tx: Any, request: IssueStatement, *, now: datetime) -> dict[str, Any]:
    """Issue a statement: its lines, its two entries in the ledger, and the news of it.

    Raises NoLines, WrongSplit.
    """
    statement_id = new_id()
    totals = write_statement(
        tx,
        statement_id=statement_id,
        patient_id=tx.patient_id,
        lines=request.lines,
        due_on=request.due_on,
        now=now,
        zone=store.zone_of(tx, tx.patient_id) or tx.config.practice_zone,
    )
    return {"statement_id": statement_id, "patient_cents": totals.patient}


def write_statement(
    tx: Any,
    *,
    statement_id: UUID,
    patient_id: UUID,
    lines: Sequence[NewLine],
    due_on: date,
    now: datetime,
    zone: str,
) -> Totals:
    """The same with every fact given: also for a past that is brought over."""
    totals = totals_of(lines)
    row = {
        "id": statement_id,
        "patient_id": patient_id,
        "issued_at": now,
        "issued_on": now.astimezone(ZoneInfo(zone)).date(),
        "due_on": due_on,
        "currency": CURRENCY,
        "charge_cents": totals.charge,
        "adjustment_cents": totals.adjustment,
        "insurance_cents": totals.insurance,
        "patient_cents": totals.patient,
    }
    store.add_statement(tx, row, lines)
    for kind, postings in (("charged", charged(totals)), ("adjudicated", adjudicated(totals))):
        store.post(
            tx,
            kind=kind,
            reference=statement_id,
            statement_id=statement_id,
            currency=CURRENCY,
            postings=postings,
            at=now,
        )
    tx.announce(StatementIssued(statement_id=statement_id, patient_id=patient_id, due_on=due_on))
    return totals


def write_past_payment(
    tx: Any,
    *,
    payment_id: UUID,
    statement_id: UUID,
    patient_id: UUID,
    amount_cents: int,
    paid_at: datetime,
    card_brand: str,
    card_last_four: str,
) -> None:
    """A card payment that was made before, brought over: booked like any, announced to nobody.

    Raises NotFound, NothingOwed, AmountTooHigh, AmountTooLow.
    """
    about = store.lock_statement(tx, statement_id=statement_id, patient_id=patient_id)
    check_amount(amount_cents, balance_cents=store.balance_of(tx, statement_id))
    row = {
        "id": payment_id,
        "statement_id": statement_id,
        "patient_id": patient_id,
        "state": "succeeded",
        "amount_cents": amount_cents,
        "currency": about["currency"],
        "return_url": "",
        "card_brand": card_brand,
        "card_last_four": card_last_four,
        "started_at": paid_at,
        "finished_at": paid_at,
    }
    store.add_payment(tx, row)
    store.post(
        tx,
        kind="paid",
        reference=payment_id,
        statement_id=statement_id,
        currency=about["currency"],
        postings=paid(amount_cents=amount_cents, fee_cents=0),
        at=paid_at,
    )
