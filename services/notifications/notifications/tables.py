"""Notifications' tables."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from portico_kit.database import service_metadata

metadata = service_metadata()


def _moment(name: str, **options: bool) -> Column[object]:
    return Column(name, DateTime(timezone=True), **options)  # type: ignore[arg-type]


# How to reach a person: only what sending needs, so no names. Addresses are sealed.
contact = Table(
    "contact",
    metadata,
    Column("person_id", UUID, primary_key=True),
    Column("person", Text, nullable=False),
    Column("email", LargeBinary),
    Column("mobile", LargeBinary),
    Column("language", Text, nullable=False),
    Column("zone", Text, nullable=False),
    _moment("changed_at", nullable=False),
    _moment("mail_stopped_at"),
    _moment("texts_stopped_at"),
)

# One mail or text. Partitioned by month on ``created_at``, which is the time of the event, so
# that a second delivery of one event meets the first in the same partition.
delivery = Table(
    "delivery",
    metadata,
    Column("id", UUID, nullable=False),
    _moment("created_at", nullable=False),
    Column("event_id", UUID, nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient_kind", Text, nullable=False),
    Column("recipient_id", UUID, nullable=False),
    Column("parameters", JSONB, nullable=False),
    # Ciphertexts of what the words need and nobody may read here (set-up code); gone once settled.
    Column("sealed", JSONB),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("priority", SmallInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _moment("due_at", nullable=False),
    _moment("expires_at", nullable=False),
    Column("lease", UUID),
    _moment("leased_until"),
    # Who was handed it last (1: the first provider), and since when they may have taken it
    # without having said so.
    Column("provider", SmallInteger),
    _moment("doubt_since"),
    Column("leases_lost", SmallInteger, nullable=False, server_default="0"),
    Column("provider_reference", Text),
    _moment("settled_at"),
    # When it was found out whether anybody was reached, of those that reached nobody by themselves.
    _moment("followed_up_at"),
    PrimaryKeyConstraint("id", "created_at"),
    UniqueConstraint("event_id", "channel", "recipient_id", "created_at"),
    Index(
        "ix_delivery_waiting",
        "channel",
        "priority",
        "due_at",
        postgresql_where=text("state = 'queued'"),
    ),
    Index("ix_delivery_leased", "leased_until", postgresql_where=text("state = 'sending'")),
    Index(
        "ix_delivery_alone",
        "channel",
        "due_at",
        postgresql_where=text("state = 'queued' AND leases_lost > 0"),
    ),
    Index(
        "ix_delivery_unreported",
        "due_at",
        postgresql_where=text("state = 'sent' AND channel = 'text' AND reason IS NULL"),
    ),
    Index(
        "ix_delivery_unreached",
        "settled_at",
        postgresql_where=text(
            "state IN ('failed', 'suppressed', 'expired') AND followed_up_at IS NULL"
        ),
    ),
    Index("ix_delivery_recipient", "recipient_id", "created_at", "id"),
    postgresql_partition_by="RANGE (created_at)",
)
