"""What patients see and pay: statements, payments, and how a payment ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text
from .kinds import MOST_CENTS, PaymentState, StatementState


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


class CardEventTaken(TypedDict):
    """``known`` is false for a payment that is not ours: the processor need not send it again."""

    known: bool


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
