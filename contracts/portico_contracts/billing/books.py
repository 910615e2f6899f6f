"""What the billing office keeps: the ledger's balance, and new statements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict
from uuid import UUID

from ..rpc import between, request, text
from .kinds import MOST_CENTS


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
