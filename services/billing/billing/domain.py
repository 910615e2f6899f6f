"""The rules of money: what a line comes to, what an entry posts, how a payment may move."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portico_contracts.billing import (
    AmountTooHigh,
    AmountTooLow,
    NewLine,
    NoLines,
    NothingOwed,
    PaymentState,
    Trouble,
    WrongSignature,
    WrongSplit,
)

CURRENCY = "usd"
LEAST_CENTS = 50  # Stripe: the smallest charge in US dollars
SIGNATURE_TOLERANCE = timedelta(minutes=5)  # Stripe: the default of its own libraries
OPEN: tuple[PaymentState, ...] = ("created", "pending")
ABANDONED_AFTER = timedelta(hours=24)
STARTING = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=30)
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between the copies of a service that are well
# How old a payment is when a person is asked about what stands in its way. Nobody else's answer
# ends a mismatch; a processor that is away comes back, and what waits for it is tried on.
REVIEW_AFTER: dict[Trouble, timedelta] = {
    "mismatch": timedelta(0),
    "refused": timedelta(hours=1),
    "unexpected": timedelta(hours=1),
    "processor_away": ABANDONED_AFTER + timedelta(hours=1),
}

# Accounts of the ledger. Debits are positive, credits negative.
PATIENT_RECEIVABLE = "patient_receivable"
INSURANCE_RECEIVABLE = "insurance_receivable"
REVENUE = "revenue"
CASH = "cash"
PROCESSOR_CLEARING = "processor_clearing"
ADJUSTMENTS = "adjustments"
FEES = "fees"
ACCOUNTS = (
    PATIENT_RECEIVABLE,
    INSURANCE_RECEIVABLE,
    REVENUE,
    CASH,
    PROCESSOR_CLEARING,
    ADJUSTMENTS,
    FEES,
)


@dataclass(frozen=True, slots=True)
class Totals:
    """What the lines of a statement come to, in cents."""

    charge: int
    adjustment: int
    insurance: int

    @property
    def patient(self) -> int:
        return self.charge - self.adjustment - self.insurance


def patient_share(line: NewLine) -> int:
    """What the patient owes of one line, in cents."""
    return line.charge_cents - line.adjustment_cents - line.insurance_cents


def totals_of(lines: Sequence[NewLine]) -> Totals:
    """Check and add up the lines of a new statement. Raises NoLines, WrongSplit."""
    if not lines:
        raise NoLines
    for position, line in enumerate(lines):
        if patient_share(line) < 0:
            raise WrongSplit(line=position)
    return Totals(
        charge=sum(line.charge_cents for line in lines),
        adjustment=sum(line.adjustment_cents for line in lines),
        insurance=sum(line.insurance_cents for line in lines),
    )


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: cents to an account, debit positive."""

    account: str
    cents: int


def charged(totals: Totals) -> tuple[Posting, ...]:
    """Care was given: the insurer is asked for all of it first."""
    return _entry(Posting(INSURANCE_RECEIVABLE, totals.charge), Posting(REVENUE, -totals.charge))


def adjudicated(totals: Totals) -> tuple[Posting, ...]:
    """The insurer has decided: what it paid, what is written off, what is left to the patient."""
    return _entry(
        Posting(CASH, totals.insurance),
        Posting(ADJUSTMENTS, totals.adjustment),
        Posting(PATIENT_RECEIVABLE, totals.patient),
        Posting(INSURANCE_RECEIVABLE, -totals.charge),
    )


def paid(*, amount_cents: int, fee_cents: int) -> tuple[Posting, ...]:
    """A card was charged: the processor owes us the amount less its fee."""
    return _entry(
        Posting(PROCESSOR_CLEARING, amount_cents - fee_cents),
        Posting(FEES, fee_cents),
        Posting(PATIENT_RECEIVABLE, -amount_cents),
    )


def _entry(*postings: Posting) -> tuple[Posting, ...]:
    return tuple(posting for posting in postings if posting.cents != 0)


def check_amount(amount_cents: int, *, balance_cents: int) -> None:
    """Whether so much may be paid. Raises NothingOwed, AmountTooHigh, AmountTooLow."""
    if balance_cents <= 0:
        raise NothingOwed
    if amount_cents > balance_cents:
        raise AmountTooHigh(balance_cents=balance_cents)
    if amount_cents < LEAST_CENTS:
        raise AmountTooLow(least_cents=LEAST_CENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the processor says of a payment. The card is known by brand and last four only."""

    intent_id: str
    status: str
    amount_cents: int
    currency: str
    payment_id: str
    redirect_url: str | None = None
    error: str | None = None
    card_brand: str | None = None
    card_last_four: str | None = None
    fee_cents: int = 0


class IntentMismatch(Exception):
    """The processor's payment is not the one that we asked for: amount, currency or id differ."""


def outcome_of(intent: Intent) -> PaymentState:
    """What an intent's status means for our payment.

    ``requires_payment_method`` is both "not yet tried" and "tried and declined": the error tells.
    Source: Stripe, "How PaymentIntents work".
    """
    if intent.status == "succeeded":
        return "succeeded"
    if intent.status == "canceled":
        return "canceled"
    if intent.status == "requires_payment_method" and intent.error:
        return "failed"
    return "pending"


def may_move(state: PaymentState, to: PaymentState) -> bool:
    """Whether a payment in ``state`` may become ``to``.

    Money that moved is always recorded, even after we gave the payment up; nothing undoes it.
    """
    if to == "succeeded":
        return state != "succeeded"
    return state in OPEN and to in ("failed", "canceled")


def check_same(intent: Intent, *, payment_id: str, amount_cents: int, currency: str) -> None:
    """Raises IntentMismatch unless the intent is exactly the payment that we asked for."""
    expected = (payment_id, amount_cents, currency)
    if (intent.payment_id, intent.amount_cents, intent.currency) != expected:
        raise IntentMismatch


def next_check(*, started_at: datetime, now: datetime) -> datetime:
    """When to ask the processor again about a payment that is still open."""
    age = now - started_at
    for limit, pause in ((timedelta(minutes=10), 1), (timedelta(hours=1), 5)):
        if age < limit:
            return now + timedelta(minutes=pause)
    return now + LONGEST_PAUSE


def needs_review(trouble: Trouble, *, age: timedelta) -> bool:
    """Whether a payment of that age, which cannot be settled, is to be looked at by a person."""
    return age >= REVIEW_AFTER[trouble]


def check_signature(*, payload: str, header: str, secret: str, now: datetime) -> None:
    """Check a ``Stripe-Signature`` header. Raises WrongSignature.

    Source: Stripe, "Verify webhook signatures manually": HMAC-SHA256 over ``t.payload``.
    """
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        raise WrongSignature
    if abs(now.timestamp() - int(stamp)) > SIGNATURE_TOLERANCE.total_seconds():
        raise WrongSignature
    expected = hmac.new(secret.encode(), f"{stamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    _one_of(expected, (value for name, _, value in parts if name == "v1"))


def _one_of(expected: str, given: Iterable[str]) -> None:
    if not any(hmac.compare_digest(expected.encode(), value.encode()) for value in given):
        raise WrongSignature
