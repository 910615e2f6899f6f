"""Billing's tables. The ledger is append-only: triggers refuse any change (see the migration)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from portico_kit.database import service_metadata

metadata = service_metadata()


def _moment(name: str, **options: bool) -> Column[object]:
    return Column(name, DateTime(timezone=True), **options)  # type: ignore[arg-type]


def _cents(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


# Where a patient lives, so that "due" and "overdue" follow their own calendar.
patient_zone = Table(
    "patient_zone",
    metadata,
    Column("patient_id", UUID, primary_key=True),
    Column("zone", Text, nullable=False),
    _moment("changed_at", nullable=False),
)

statement = Table(
    "statement",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("patient_id", UUID, nullable=False),
    _moment("issued_at", nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("currency", Text, nullable=False),
    _cents("charge_cents"),
    _cents("adjustment_cents"),
    _cents("insurance_cents"),
    _cents("patient_cents"),
    Index("ix_statement_patient", "patient_id", "issued_at", "id"),
)

statement_line = Table(
    "statement_line",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("statement_id", ForeignKey("statement.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("service_on", Date, nullable=False),
    Column("code", Text, nullable=False),
    Column("description", LargeBinary, nullable=False),
    _cents("charge_cents"),
    _cents("adjustment_cents"),
    _cents("insurance_cents"),
    _cents("patient_cents"),
    UniqueConstraint("statement_id", "position"),
)

payment = Table(
    "payment",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("statement_id", ForeignKey("statement.id"), nullable=False),
    Column("patient_id", UUID, nullable=False),
    Column("state", Text, nullable=False),
    _cents("amount_cents"),
    Column("currency", Text, nullable=False),
    Column("return_url", Text, nullable=False),
    # The caller's Idempotency-Key: the same key starts the same payment.
    Column("key", Text),
    Column("intent_id", Text, unique=True),
    Column("redirect_url", Text),
    Column("card_brand", Text),
    Column("card_last_four", Text),
    Column("reason", Text),
    _moment("started_at", nullable=False),
    _moment("finished_at"),
    _moment("check_at"),
    # When a person was asked to look at it; null while nothing stands in its way.
    _moment("review_at"),
    Index(
        "uq_payment_open",
        "statement_id",
        unique=True,
        postgresql_where=text("state IN ('created', 'pending')"),
    ),
    Index("uq_payment_key", "patient_id", "key", unique=True),
    Index("ix_payment_statement", "statement_id", "started_at"),
    Index("ix_payment_check", "check_at", postgresql_where=text("check_at IS NOT NULL")),
)

journal_entry = Table(
    "journal_entry",
    metadata,
    Column("id", UUID, primary_key=True),
    _moment("at", nullable=False),
    Column("kind", Text, nullable=False),
    # What it is about: a statement for charged and adjudicated, a payment for paid.
    Column("reference", UUID, nullable=False),
    UniqueConstraint("kind", "reference"),
)

posting = Table(
    "posting",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("entry_id", ForeignKey("journal_entry.id"), nullable=False),
    Column("account", Text, nullable=False),
    _cents("cents"),
    Column("currency", Text, nullable=False),
    Column("statement_id", UUID, nullable=False),
    Index("ix_posting_entry", "entry_id"),
    Index(
        "ix_posting_balance",
        "statement_id",
        postgresql_include=["cents"],
        postgresql_where=text("account = 'patient_receivable'"),
    ),
)
