"""What billing promises: statements, payments, receipts, the ledger's trial balance.

Money is integer cents with a currency. No card data ever passes here: the patient types a
card at the processor's own page, and we hear only how it ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal, TypedDict
from uuid import UUID

from .event import event
from .fields import Plain
from .refusal import Refusal
from .rpc import between, request, text

MOST_CENTS = 100_000_000
PaymentState = Literal["created", "pending", "succeeded", "failed", "canceled"]
StatementState = Literal["open", "paid"]


# Replies


class StatementRow(TypedDict):
    """One statement in a list; ``state`` follows from the ledger."""

    statement_id: UUID
    issued_on: date
    due_on: date
    currency: str
    patient_cents: int
    paid_cents: int
    balance_cents: int
    state: StatementState
    overdue: bool


class StatementPage(TypedDict):
    items: list[StatementRow]
    next: str | None


class LineRow(TypedDict):
    """One charge: charge less adjustment less insurance is what the patient owes."""

    line_id: UUID
    service_on: date
    code: str
    description: str
    charge_cents: int
    adjustment_cents: int
    insurance_cents: int
    patient_cents: int


class PaymentRow(TypedDict):
    """One payment; the card is known by its brand and last four digits only."""

    payment_id: UUID
    statement_id: UUID
    state: PaymentState
    amount_cents: int
    currency: str
    card_brand: str | None
    card_last_four: str | None
    reason: str | None
    started_at: datetime
    finished_at: datetime | None


class StatementDetail(StatementRow):
    """A statement with its lines and the payments made on it, newest first."""

    charge_cents: int
    adjustment_cents: int
    insurance_cents: int
    lines: list[LineRow]
    payments: list[PaymentRow]


class PaymentStarted(TypedDict):
    """Send the browser to ``redirect_url``; None means nothing more to do there: finish it."""

    payment_id: UUID
    redirect_url: str | None


class HomeBillsReply(TypedDict):
    """What the home page says of bills."""

    balance_cents: int
    currency: str
    open_statements: int
    overdue: bool
    next_due_on: date | None
    statement_id: UUID | None


class AccountBalance(TypedDict):
    """One ledger account: debits less credits, in cents."""

    account: str
    currency: str
    debit_cents: int
    credit_cents: int
    balance_cents: int


class TrialBalance(TypedDict):
    """Every account; ``difference_cents`` is debits less credits over all: always 0."""

    accounts: list[AccountBalance]
    difference_cents: int
    entries: int


class StatementIssuedReply(TypedDict):
    statement_id: UUID
    patient_cents: int


class CardEventTaken(TypedDict):
    """``known`` is false for a payment that is not ours: the processor need not send it again."""

    known: bool


# Requests


@request("billing", reply=StatementPage, category="bills")
class ListStatements:
    """Statements of a patient, newest first. Allowed: the patient; billing staff."""

    show: Literal["all", "open"] = "all"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 100, default=20)
    patient_id: UUID | None = None


@request("billing", reply=StatementDetail, category="bills")
class ShowStatement:
    """One statement with lines and payments. Allowed: the patient; billing staff."""

    statement_id: UUID
    patient_id: UUID | None = None


@request("billing", reply=PaymentStarted, category="bills", action="write")
class StartPayment:
    """Begin to pay (part of) a statement. Allowed: the patient.

    ``return_url`` is where the processor sends the browser afterwards; the processor adds its
    own query parameters to it, so the payment id stands in our redirect: ``{payment_id}`` in
    the url is replaced with it.
    """

    statement_id: UUID
    amount_cents: int = between(1, MOST_CENTS)
    return_url: str = text(longest=2000, shortest=8)


@request("billing", reply=PaymentRow, category="bills", action="write")
class FinishPayment:
    """Ask the processor how a payment ended and record it, once. Allowed: the patient."""

    payment_id: UUID


@request("billing", reply=CardEventTaken, action="write")
class RecordCardEvent:
    """The processor tells how a payment ended; the signature is the credential.

    ``payload`` is the body as received, byte for byte (UTF-8), ``signature`` the
    ``Stripe-Signature`` header.
    """

    payload: str = text(longest=64_000)
    signature: str = text(longest=1000)


@request("billing", reply=PaymentRow, category="bills")
class ShowPayment:
    """One payment: its state, and the receipt once it succeeded. Allowed: patient; billing."""

    payment_id: UUID
    patient_id: UUID | None = None


@request("billing", reply=HomeBillsReply, category="bills")
class HomeBills:
    """What the patient owes, in one answer for the home page."""


@request("billing", reply=TrialBalance)
class LedgerBalance:
    """The trial balance. Allowed: billing, practice_administrator."""


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """One charge of a new statement; charge = adjustment + insurance + what the patient owes."""

    service_on: date
    code: str = text(longest=20, shortest=1)
    description: str = text(longest=300, shortest=1)
    charge_cents: int = between(1, MOST_CENTS)
    adjustment_cents: int = between(0, MOST_CENTS, default=0)
    insurance_cents: int = between(0, MOST_CENTS, default=0)


@request("billing", reply=StatementIssuedReply, category="bills", action="write")
class IssueStatement:
    """Issue a statement to a patient. Allowed: billing, practice_administrator."""

    patient_id: UUID
    due_on: date
    lines: tuple[NewLine, ...] = field(default=())


# Events


@event("billing", aggregate="statement_id", heard_by=("notifications",))
class StatementIssued:
    """A statement was issued to a patient. Heard by notifications."""

    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    due_on: Plain[date]


@event("billing", aggregate="payment_id", heard_by=("notifications", "gateway"))
class PaymentSucceeded:
    """Money was received for a statement. Heard by notifications, gateway."""

    payment_id: Plain[UUID]
    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    amount_cents: Plain[int]
    currency: Plain[str]
    card_last_four: Plain[str | None] = None


@event("billing", aggregate="payment_id", heard_by=("notifications", "gateway"))
class PaymentFailed:
    """A payment came to nothing; no money moved. Heard by notifications, gateway."""

    payment_id: Plain[UUID]
    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    reason: Plain[str]


# Refusals


class NothingOwed(Refusal):
    """The statement is paid."""

    status: ClassVar[int] = 409


class AmountTooHigh(Refusal):
    """The amount is more than what is still owed; facts: ``balance_cents``."""

    status: ClassVar[int] = 422


class WrongSplit(Refusal):
    """A line's adjustment and insurance come to more than its charge; facts: ``line``."""

    status: ClassVar[int] = 422


class AmountTooLow(Refusal):
    """Cards are not charged less than this; facts: ``least_cents``."""

    status: ClassVar[int] = 422


class PaymentInFlight(Refusal):
    """Another payment of this statement is being started right now; look again in a moment."""

    status: ClassVar[int] = 409


class NoLines(Refusal):
    """A statement needs at least one line."""

    status: ClassVar[int] = 422


class WrongReturn(Refusal):
    """``return_url`` does not lead back to this portal."""

    status: ClassVar[int] = 422


class CardUnavailable(Refusal):
    """The card processor did not answer in time; nothing was charged. Try again shortly."""

    status: ClassVar[int] = 503


class WrongSignature(Refusal):
    """A message from outside is not signed by who it says it is from, or is too old."""

    status: ClassVar[int] = 400
