"""How a payment ended: the processor says, and we record it once, whoever brings the news."""

from __future__ import annotations

import json
from typing import Any, Protocol
from uuid import UUID

from portico_contracts.billing import (
    CardUnavailable,
    PaymentFailed,
    PaymentReviewDue,
    PaymentSucceeded,
    RecordCardEvent,
    Trouble,
)
from portico_contracts.refusal import BadRequest
from portico_kit.fail_points import reach
from portico_kit.logs import log

from .. import domain, store
from ..adapters.stripe import CardsAway, CardsRefused
from ..domain import Intent


class Cards(Protocol):
    """The card processor. Each call raises CardsAway or CardsRefused."""

    def start(self, payment: dict[str, Any]) -> Intent: ...
    def look(self, intent_id: str) -> Intent: ...
    def cancel(self, intent_id: str) -> Intent: ...


def record_intent(tx: Any, payment_id: UUID, intent: Intent) -> dict[str, Any]:
    """Bring a payment to where its intent is; the payment as it then stands.

    Safe to repeat and to race: the row is locked, and only a move that is allowed has an effect.
    Raises domain.IntentMismatch when the intent is not the payment that we asked for.
    """
    row = store.payment_by_id(tx, payment_id, lock=True)
    assert row is not None, "payments are never deleted"
    domain.check_same(
        intent,
        payment_id=str(payment_id),
        amount_cents=row["amount_cents"],
        currency=row["currency"],
    )
    outcome = domain.outcome_of(intent)
    if outcome == "pending":
        _still_open(tx, row, intent)
    elif domain.may_move(row["state"], outcome):
        _end(tx, row, intent, outcome)
    elif intent.status in ("canceled", "succeeded"):
        # Nothing can happen to it any more: no need to ask again.
        store.change_payment(tx, row["id"], where=[row["state"]], check_at=None)
    found = store.payment_by_id(tx, payment_id)
    assert found is not None
    return found


def _still_open(tx: Any, row: dict[str, Any], intent: Intent) -> None:
    store.change_payment(
        tx,
        row["id"],
        where=domain.OPEN,
        state="pending",
        intent_id=intent.intent_id,
        redirect_url=intent.redirect_url or row["redirect_url"],
        check_at=domain.next_check(started_at=row["started_at"], now=tx.now),
    )


def _end(tx: Any, row: dict[str, Any], intent: Intent, outcome: Any) -> None:
    store.change_payment(
        tx,
        row["id"],
        where=[row["state"]],
        state=outcome,
        intent_id=intent.intent_id,
        card_brand=intent.card_brand,
        card_last_four=intent.card_last_four,
        reason=intent.error if outcome == "failed" else None,
        finished_at=tx.now,
        # A declined intent can be paid at the processor's page until it is cancelled there.
        check_at=tx.now if outcome == "failed" else None,
    )
    log.info("payment.ended", payment_id=row["id"], state=outcome, reason=intent.error)
    if outcome == "succeeded":
        _book(tx, row, intent)
    elif outcome == "failed":
        about = {name: row[name] for name in ("statement_id", "patient_id")}
        tx.announce(PaymentFailed(payment_id=row["id"], reason=intent.error or "unknown", **about))


def _book(tx: Any, row: dict[str, Any], intent: Intent) -> None:
    store.post(
        tx,
        kind="paid",
        reference=row["id"],
        statement_id=row["statement_id"],
        currency=row["currency"],
        postings=domain.paid(amount_cents=row["amount_cents"], fee_cents=intent.fee_cents),
        at=tx.now,
    )
    tx.announce(
        PaymentSucceeded(
            payment_id=row["id"],
            statement_id=row["statement_id"],
            patient_id=row["patient_id"],
            amount_cents=row["amount_cents"],
            currency=row["currency"],
            card_last_four=intent.card_last_four,
        )
    )
    if store.balance_of(tx, row["statement_id"]) < 0:
        ask_for_review(tx, row, "overpaid")


def ask_for_review(tx: Any, row: dict[str, Any], trouble: Trouble) -> None:
    """Let a person look at a payment, unless somebody was asked already."""
    if store.mark_for_review(tx, row["id"]):
        about = {name: row[name] for name in ("statement_id", "patient_id")}
        tx.announce(PaymentReviewDue(payment_id=row["id"], trouble=trouble, **about))


def record_card_event(call: Any, request: RecordCardEvent, *, cards: Cards) -> dict[str, Any]:
    """The processor tells of a change: check its signature, then ask it how things stand.

    Asking makes the order of its messages irrelevant. Raises WrongSignature, CardUnavailable.
    """
    domain.check_signature(
        payload=request.payload,
        header=request.signature,
        secret=call.config.card_webhook_secret,
        now=call.now,
    )
    intent_id, payment_id = _subject(request.payload)
    if payment_id is None:
        return {"known": False}
    with call.transaction() as tx:
        known = store.payment_by_id(tx, payment_id)
    if known is None or known["intent_id"] not in (None, intent_id):
        return {"known": False}
    return {"known": bring_up_to_date(call, payment_id, intent_id, cards=cards) is not None}


def _subject(payload: str) -> tuple[str, UUID | None]:
    """The intent and the payment that a message is about; no payment where it is not for us."""
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadRequest(fields={"payload": ["Not JSON."]}) from None
    if not isinstance(event, dict):
        raise BadRequest(fields={"payload": ["Not an event."]})
    try:
        subject = event["data"]["object"]
        if not event["type"].startswith("payment_intent."):
            return "", None
        return str(subject["id"]), UUID(subject["metadata"]["payment_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return "", None


def bring_up_to_date(
    call: Any, payment_id: UUID, intent_id: str, *, cards: Cards
) -> dict[str, Any] | None:
    """Ask how an intent stands and record it; None for an intent that is not ours.

    Raises CardUnavailable.
    """
    try:
        # Outside any transaction: a slow processor must not hold our connections.
        intent = cards.look(intent_id)
        reach("after_accepted")
    except CardsAway as problem:
        raise CardUnavailable from problem
    except CardsRefused as refusal:
        log.error("card.refused", payment_id=payment_id, code=refusal.code)
        return None
    try:
        with call.transaction() as tx:
            return record_intent(tx, payment_id, intent)
    except domain.IntentMismatch:
        log.error("card.mismatch", payment_id=payment_id)
        return None


def close(database: Any, row: dict[str, Any], *, cards: Cards) -> Any:
    """See that a payment cannot be made any more; it may turn out to have been made."""
    try:
        intent = cards.cancel(row["intent_id"] or cards.start(row).intent_id)
        reach("after_accepted")
    except CardsRefused as refusal:
        return end_without_intent(database, row, refusal)
    with database.transaction() as tx:
        return record_intent(tx, row["id"], intent)


def end_without_intent(database: Any, row: dict[str, Any], refusal: CardsRefused) -> Any:
    """The processor knows no such intent, or would not make one: nobody can pay, so it is over."""
    if row["intent_id"] is not None and refusal.code != "resource_missing":
        raise refusal
    ended = {"state": "canceled", "reason": refusal.code, "check_at": None}
    with database.transaction() as tx:
        open_now = store.change_payment(
            tx, row["id"], where=domain.OPEN, finished_at=tx.now, **ended
        )
        if not open_now:
            store.change_payment(tx, row["id"], where=["failed"], check_at=None)
        return store.payment_by_id(tx, row["id"])
