"""Starting a payment, and finding out how it ended when the patient comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from portico_contracts.billing import (
    CardUnavailable,
    FinishPayment,
    PaymentInFlight,
    StartPayment,
    WrongReturn,
)
from portico_contracts.refusal import KeyReused
from portico_kit.fail_points import reach
from portico_kit.ids import new_id
from portico_kit.logs import log

from .. import domain, queries, store
from ..adapters.stripe import CardsAway, CardsRefused
from .settling import Cards, bring_up_to_date, close, record_intent

FIRST_CHECK = timedelta(minutes=1)


def start_payment(call: Any, request: StartPayment, *, cards: Cards) -> dict[str, Any]:
    """Begin a payment: store it, then ask the processor, then store what it answered.

    The same Idempotency-Key goes on with the same payment. A payment of the same statement that
    was left open is closed first. Raises NotFound, NothingOwed, AmountTooHigh, AmountTooLow,
    PaymentInFlight, WrongReturn, KeyReused, CardUnavailable.
    """
    _check_return(request.return_url, public_url=call.config.public_url)
    with call.transaction() as tx:
        store.lock_statement(tx, statement_id=request.statement_id, patient_id=tx.patient_id)
        row = store.payment_by_key(tx, patient_id=tx.patient_id, key=call.key)
        left_open = store.open_payment(tx, request.statement_id)
    if row is not None and not _is_same(row, request):
        raise KeyReused
    if row is None:
        if left_open is not None:
            _close(call, left_open, cards=cards)
        with call.transaction() as tx:
            row = _create(tx, request, key=call.key)
    if row["state"] == "created":
        row = _ask(call, row, cards=cards)
    return {"payment_id": row["id"], "redirect_url": _where_to(row)}


def _is_same(row: dict[str, Any], request: StartPayment) -> bool:
    asked = (request.statement_id, request.amount_cents)
    return (row["statement_id"], row["amount_cents"]) == asked


def _where_to(row: dict[str, Any]) -> str | None:
    url: str | None = row["redirect_url"]
    return url if row["state"] == "pending" else None


def _check_return(return_url: str, *, public_url: str) -> None:
    # Else our processor's page would send people wherever a stranger's link says.
    given, ours = urlsplit(return_url), urlsplit(public_url)
    if (given.scheme, given.netloc) != (ours.scheme, ours.netloc):
        raise WrongReturn


def _close(call: Any, row: dict[str, Any], *, cards: Cards) -> None:
    if row["intent_id"] is None and call.now - row["started_at"] < domain.STARTING:
        raise PaymentInFlight
    try:
        close(call, row, cards=cards)
    except (CardsAway, CardsRefused, domain.IntentMismatch) as problem:
        log.warning("payment.not_closed", payment_id=row["id"], error=type(problem).__name__)
        raise CardUnavailable from problem


def _create(tx: Any, request: StartPayment, *, key: str | None) -> dict[str, Any]:
    statement = store.lock_statement(
        tx, statement_id=request.statement_id, patient_id=tx.patient_id
    )
    domain.check_amount(
        request.amount_cents, balance_cents=store.balance_of(tx, request.statement_id)
    )
    payment_id = new_id()
    row = {
        "id": payment_id,
        "statement_id": statement["id"],
        "patient_id": tx.patient_id,
        "state": "created",
        "amount_cents": request.amount_cents,
        "currency": statement["currency"],
        "return_url": request.return_url.replace("{payment_id}", str(payment_id)),
        "key": key,
        "intent_id": None,
        "redirect_url": None,
        "started_at": tx.now,
        "check_at": tx.now + FIRST_CHECK,
    }
    store.add_payment(tx, row)
    return row


def _ask(call: Any, row: dict[str, Any], *, cards: Cards) -> dict[str, Any]:
    try:
        # Outside any transaction: a slow processor must not hold our connections.
        intent = cards.start(row)
        reach("after_accepted")
    except CardsAway as problem:
        # It stays "created": the same key, or the reconciler, goes on from here.
        raise CardUnavailable from problem
    except CardsRefused as refusal:
        log.error("card.refused", payment_id=row["id"], code=refusal.code)
        _give_up(call, row, code=refusal.code)
        raise CardUnavailable from refusal
    with call.transaction() as tx:
        return record_intent(tx, row["id"], intent)


def _give_up(call: Any, row: dict[str, Any], *, code: str) -> None:
    with call.transaction() as tx:
        store.change_payment(
            tx,
            row["id"],
            where=["created"],
            state="canceled",
            reason=code,
            finished_at=tx.now,
            check_at=None,
        )


def finish_payment(
    call: Any, request: FinishPayment, *, cards: Cards, now: datetime
) -> dict[str, Any]:
    """How a payment ended, asked of the processor; still ``pending`` when it does not answer.

    Raises NotFound.
    """
    with call.transaction() as tx:
        row = store.payment_of(tx, payment_id=request.payment_id, patient_id=tx.patient_id)
    if row["state"] in domain.OPEN and row["intent_id"]:
        try:
            row = bring_up_to_date(call, row["id"], row["intent_id"], cards=cards) or row
        except CardUnavailable:
            log.warning("payment.unsettled", payment_id=row["id"], error="CardUnavailable")
    if row["state"] == "failed" and row["check_at"] is not None and row["check_at"] <= now:
        row = _close_declined(call, row, cards=cards)
    return queries.payment_row(row)


def _close_declined(call: Any, row: dict[str, Any], *, cards: Cards) -> dict[str, Any]:
    try:
        closed: dict[str, Any] = close(call, row, cards=cards)
        return closed
    except (CardsAway, CardsRefused, domain.IntentMismatch):
        # The reconciler closes it at its next look.
        return row
