"""The reconciler: asks about payments whose end nobody told us, and hands on what it cannot end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Counter, Gauge

from portico_contracts.billing import Trouble
from portico_kit.fail_points import reach
from portico_kit.logs import log, where

from .. import domain, store
from ..adapters.stripe import CardsAway, CardsRefused
from .settling import Cards, ask_for_review, close, end_without_intent, record_intent

CHECKED_AT_ONCE = 20
AGAIN_AFTER = timedelta(minutes=5)
OVERDUE = timedelta(minutes=2)

reconciled = Counter("portico_payments_reconciled", "Payments asked about", ["outcome"])
overdue = Gauge("portico_payments_overdue", "Payments to be asked about minutes ago")
unsettled = Gauge("portico_payments_unsettled", "Payments handed to staff and not settled yet")
TROUBLES: dict[type[Exception], Trouble] = {
    CardsAway: "processor_away",
    CardsRefused: "refused",
    domain.IntentMismatch: "mismatch",
}


def reconcile(database: Any, *, cards: Cards) -> int:
    """Find out about payments nobody told us the end of; how many were looked at."""
    with database.transaction() as tx:
        due = store.take_to_check(tx, count=CHECKED_AT_ONCE, next_at=tx.now + AGAIN_AFTER)
        # By two clocks: one that ran ahead would cancel what a patient is about to pay.
        moment = tx.careful_now
    for row in due:
        trouble = _tried(database, row, cards=cards, now=moment)
        reconciled.labels(trouble or "asked").inc()
        if trouble and domain.needs_review(trouble, age=moment - row["started_at"]):
            with database.transaction() as tx:
                ask_for_review(tx, row, trouble)
    return len(due)


def _tried(database: Any, row: dict[str, Any], *, cards: Cards, now: datetime) -> Trouble | None:
    """What stood in the way of settling one payment; it must not keep the others waiting."""
    try:
        settle_one(database, row, cards=cards, now=now)
    except (CardsAway, CardsRefused, domain.IntentMismatch) as problem:
        log.warning("payment.unsettled", payment_id=row["id"], error=type(problem).__name__)
        return TROUBLES[type(problem)]
    except Exception as problem:
        name, place = type(problem).__name__, where(problem)
        log.error("payment.unsettled", payment_id=row["id"], error=name, where=place)
        return "unexpected"
    return None


def settle_one(database: Any, row: dict[str, Any], *, cards: Cards, now: datetime) -> Any:
    """Ask for one payment, and close at the processor what nobody should pay any more."""
    if _is_over(row, now):
        return close(database, row, cards=cards)
    try:
        intent = cards.look(row["intent_id"])
        reach("after_accepted")
    except CardsRefused as refusal:
        return end_without_intent(database, row, refusal)
    with database.transaction() as tx:
        return record_intent(tx, row["id"], intent)


def measure(tx: Any) -> None:
    """Tell what should be over and is not: 0 while the processor answers and the timer runs."""
    overdue.set(store.count_overdue(tx, grace=OVERDUE))
    unsettled.set(store.count_unsettled(tx))


def _is_over(row: dict[str, Any], now: datetime) -> bool:
    """Ended here, never sent to the processor's page, or left lying for a day."""
    ended = row["state"] not in domain.OPEN
    return ended or row["intent_id"] is None or now - row["started_at"] > domain.ABANDONED_AFTER
