"""Scheduling's own tables; the kit's stand beside them in the same metadata."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.dialects.postgresql import UUID as Id

from portico_kit.database import service_metadata
from portico_kit.tables import moment

metadata = service_metadata()

location = Table(
    "location",
    metadata,
    Column("location_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("zone", Text, nullable=False),
)

visit_type = Table(
    "visit_type",
    metadata,
    Column("visit_type_id", Id, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name_en", Text, nullable=False),
    Column("name_es", Text, nullable=False),
    Column("minutes", SmallInteger, nullable=False),
    Column("buffer_minutes", SmallInteger, nullable=False),
    Column("modes", ARRAY(Text), nullable=False),
    Column("online", Boolean, nullable=False),
    Column("notice_hours", SmallInteger, nullable=False),
    Column("horizon_days", SmallInteger, nullable=False),
    Column("reason_needed", Boolean, nullable=False),
    CheckConstraint("minutes > 0 AND buffer_minutes >= 0", name="lengths"),
)

provider = Table(
    "provider",
    metadata,
    Column("provider_id", Id, primary_key=True),
    Column("staff_account_id", Id, unique=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("location_id", Id, ForeignKey("location.location_id"), nullable=False),
    # Since when they work here no more: nobody is booked with them.
    moment("left_at"),
)

offered = Table(
    "offered",
    metadata,
    Column("provider_id", Id, ForeignKey("provider.provider_id"), primary_key=True),
    Column("visit_type_id", Id, ForeignKey("visit_type.visit_type_id"), primary_key=True),
)

weekly_hours = Table(
    "weekly_hours",
    metadata,
    Column("weekly_hours_id", Id, primary_key=True),
    Column("provider_id", Id, ForeignKey("provider.provider_id"), nullable=False, index=True),
    Column("location_id", Id, ForeignKey("location.location_id"), nullable=False),
    Column("weekday", SmallInteger, nullable=False),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
    Column("step_minutes", SmallInteger, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("opens < closes AND step_minutes > 0", name="block"),
)

closure = Table(
    "closure",
    metadata,
    Column("closure_id", Id, primary_key=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False, index=True),
    Column("provider_id", Id, ForeignKey("provider.provider_id")),
    Column("location_id", Id, ForeignKey("location.location_id")),
    Column("from_time", Time),
    Column("to_time", Time),
    CheckConstraint("first_day <= last_day", name="days"),
    CheckConstraint("(from_time IS NULL) = (to_time IS NULL)", name="times"),
)

patient_name = Table(
    "patient_name",
    metadata,
    Column("patient_id", Id, primary_key=True),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    # When it was told: what was told before it changes nothing any more.
    moment("told_at", nullable=False, server_default=text("'-infinity'")),
)

# Holds and visits are rows of one table, so that one constraint has the last word on both.
ACTIVE = "state IN ('held', 'booked')"

appointment = Table(
    "appointment",
    metadata,
    Column("appointment_id", Id, primary_key=True),
    Column("patient_id", Id, nullable=False),
    Column("provider_id", Id, ForeignKey("provider.provider_id"), nullable=False),
    Column("location_id", Id, ForeignKey("location.location_id"), nullable=False),
    Column("visit_type_id", Id, ForeignKey("visit_type.visit_type_id"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    # When the provider is free again: the end and the buffer after it.
    moment("free_at", nullable=False),
    Column("zone", Text, nullable=False),
    Column("reason", LargeBinary),
    Column("booked_by", Text, nullable=False),
    moment("booked_at", nullable=False),
    moment("held_until"),
    Column("cancelled_by", Text),
    moment("cancelled_at"),
    Column("cancel_reason", LargeBinary),
    Column("revision", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('held', 'booked', 'cancelled')", name="state"),
    CheckConstraint("starts_at < ends_at AND ends_at <= free_at", name="span"),
    CheckConstraint("(state = 'held') = (held_until IS NOT NULL)", name="held"),
    CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
    Index("ix_appointment_patient", "patient_id", "starts_at", "appointment_id"),
    Index("ix_appointment_provider", "provider_id", "starts_at"),
    Index("ix_appointment_day", "starts_at"),
    Index("ix_appointment_held", "held_until", postgresql_where=text("state = 'held'")),
)
for name, who, until in (
    ("provider", "provider_id", "free_at"),
    ("patient", "patient_id", "ends_at"),
):
    appointment.append_constraint(
        ExcludeConstraint(
            (appointment.c[who], "="),
            (func.tstzrange(appointment.c.starts_at, appointment.c[until]), "&&"),
            where=text(ACTIVE),
            name=f"one_visit_at_a_time_for_a_{name}",
        )
    )

reminder = Table(
    "reminder",
    metadata,
    Column("reminder_id", Id, primary_key=True),
    Column("appointment_id", Id, ForeignKey("appointment.appointment_id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    moment("due_at", nullable=False),
    moment("worth_until", nullable=False),
    Column("state", Text, nullable=False),
    moment("settled_at"),
    UniqueConstraint("appointment_id", "revision", "kind"),
    CheckConstraint("state IN ('waiting', 'announced', 'suppressed', 'cancelled')", name="state"),
    CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled"),
    Index("ix_reminder_due", "due_at", postgresql_where=text("state = 'waiting'")),
)
