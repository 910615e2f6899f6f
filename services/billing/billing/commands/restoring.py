"""After the database went back to an earlier moment: what the processor knows and we no longer do.

Money that moved is booked, whatever we remember of it; what nobody here knows any more, and nobody
has paid yet, is closed there, so that it never will be.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from portico_contracts.billing import PaymentInFlight
from portico_kit.logs import log

from .. import domain, store
from ..adapters.stripe import CardsAway, CardsRefused, Listed
from . import reconciling
from .settling import Cards, record_intent

TROUBLES = (CardsAway, CardsRefused, domain.IntentMismatch, PaymentInFlight)


class ListingCards(Cards, Protocol):
    """The card processor, which can also say what it was asked since a moment."""

    def since(self, moment: datetime) -> Any: ...


def meet_processor(
    database: Any, *, cards: ListingCards, since: datetime, now: datetime
) -> Iterator[dict[str, Any]]:
    """Settle every open payment, then every one that the processor has had since and we have not.

    One fact a payment that moved or is unknown: ``outcome`` is ``settled`` (ours, now as there),
    ``booked`` (lost here, its money booked again), ``closed`` (lost here, unpaid, closed there),
    ``over`` (lost here, and nothing to do) or ``for_a_person`` with a ``reason``.
    Each comes as soon as it is done. Raises CardsAway where the processor does not answer. Safe to
    repeat.
    """
    yield from _settle_ours(database, cards, now)
    yield from _settle_lost(database, cards, since)


def _settle_ours(database: Any, cards: ListingCards, now: datetime) -> Iterator[dict[str, Any]]:
    with database.transaction() as tx:
        rows = store.payments_to_check(tx)
    yield from (fact for row in rows if (fact := _settle_one(database, row, cards, now)))


def _settle_one(
    database: Any, row: dict[str, Any], cards: ListingCards, now: datetime
) -> dict[str, Any] | None:
    known = {"payment_id": row["id"], "intent_id": row["intent_id"]}
    if row["intent_id"] is None and now - row["started_at"] < domain.STARTING:
        return None
    try:
        after = reconciling.settle_one(database, row, cards=cards, now=now)
    except CardsAway:
        raise
    except TROUBLES as problem:
        return known | {"outcome": "for_a_person", "reason": type(problem).__name__}
    if after is None or after["state"] == row["state"]:
        return None
    return known | {"intent_id": after["intent_id"], "outcome": "settled", "state": after["state"]}


def _settle_lost(database: Any, cards: ListingCards, since: datetime) -> Iterator[dict[str, Any]]:
    for listed in cards.since(since):
        if not _is_ours(database, listed):
            yield _meet(database, listed, cards)


def _is_ours(database: Any, listed: Listed) -> bool:
    payment_id = _uuid(listed.intent.payment_id)
    if payment_id is None:
        return False
    with database.transaction() as tx:
        return store.payment_by_id(tx, payment_id) is not None


def _meet(database: Any, listed: Listed, cards: ListingCards) -> dict[str, Any]:
    fact = {"payment_id": listed.intent.payment_id, "intent_id": listed.intent.intent_id}
    try:
        outcome = _end(database, listed, cards)
    except CardsAway:
        raise
    except TROUBLES as problem:
        return fact | {"outcome": "for_a_person", "reason": type(problem).__name__}
    log.warning("payment.met_again", payment_id=fact["payment_id"], state=outcome)
    if outcome == "for_a_person":
        return fact | {"outcome": outcome, "reason": "no_statement"}
    return fact | {"outcome": outcome}


def _end(database: Any, listed: Listed, cards: ListingCards) -> str:
    intent = listed.intent
    if _uuid(intent.payment_id) is None:
        return "for_a_person"  # somebody else's, at the same account
    if intent.status == "canceled":
        return "over"
    # It says what it was when the list was made; only what it is now counts.
    if intent.status != "succeeded":
        intent = cards.cancel(intent.intent_id)
    if intent.status != "succeeded":
        return "closed"
    intent = cards.look(intent.intent_id)
    with database.transaction() as tx:
        if not _write_again(tx, listed):
            return "for_a_person"
        record_intent(tx, UUID(intent.payment_id), intent)
    return "booked"


def _write_again(tx: Any, listed: Listed) -> bool:
    """The payment as it was begun; False where its statement is lost as well."""
    statement_id = _uuid(listed.statement_id)
    statement = store.statement_by_id(tx, statement_id) if statement_id else None
    if statement is None:
        return False
    row = {
        "id": UUID(listed.intent.payment_id),
        "statement_id": statement["id"],
        "patient_id": statement["patient_id"],
        "state": "pending",
        "amount_cents": listed.intent.amount_cents,
        "currency": listed.intent.currency,
        "return_url": "",
        "key": None,
        "intent_id": listed.intent.intent_id,
        "redirect_url": None,
        "started_at": listed.created_at,
        "check_at": tx.now,
    }
    store.add_payment(tx, row)
    return True


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
