"""What records keeps: sources, imports, every resource in every version, and patients."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from portico_kit.database import service_metadata

metadata = service_metadata()

MOMENT = DateTime(timezone=True)

source = Table(
    "source",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    # on_receipt: the source releases results itself; held: each waits for a clinician here.
    Column("release", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
)

import_run = Table(
    "import_run",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("source_id", UUID, nullable=False),
    Column("started_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    Column("totals", JSONB),
)

import_file = Table(
    "import_file",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("run_id", UUID, nullable=False),
    Column("source_id", UUID, nullable=False),
    # Names of files can be names of people: only the hash of the content is kept.
    Column("content_hash", LargeBinary, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("entry", Integer),
    Column("totals", JSONB),
    Column("at", MOMENT, nullable=False),
    Index(
        "uq_import_file_taken", "source_id", "content_hash",
        unique=True, postgresql_where=text("outcome = 'taken'"),
    ),
)  # fmt: skip

resource = Table(
    "resource",
    metadata,
    # The same thing keeps its id through all its versions; views carry the same id.
    Column("id", UUID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("patient_id", UUID),
    Column("patient_reference", Text),
    Column("type", Text, nullable=False),
    Column("source_id", UUID, nullable=False),
    Column("source_resource_id", Text, nullable=False),
    Column("effective_at", MOMENT),
    Column("received_at", MOMENT, nullable=False),
    Column("status", Text),
    Column("code_system", Text),
    Column("code", Text),
    Column("display", Text),
    Column("body", JSONB, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    # Reference (its normal form) → our id, for every reference that could be resolved.
    Column("links", JSONB),
    Column("summary", JSONB),
    PrimaryKeyConstraint("id", "version"),
    UniqueConstraint("source_id", "type", "source_resource_id", "version"),
    Index(
        "ix_resource_patient", "patient_id", "type", text("effective_at DESC"), text("id DESC"),
        postgresql_where=text("current"),
    ),
    Index(
        "ix_resource_waiting", "source_id", "patient_reference",
        postgresql_where=text("patient_reference IS NOT NULL AND current"),
    ),
)  # fmt: skip

attachment = Table(
    "attachment",
    metadata,
    Column("resource_id", UUID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    # Whose key opens it: the patient's; the resource's own id where no patient was known.
    Column("sealed_for", UUID, nullable=False),
    # What stood in the attachment's ``data``, sealed; the resource's body does not hold it.
    Column("content_sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("resource_id", "version", "position"),
)

known_reference = Table(
    "known_reference",
    metadata,
    Column("source_id", UUID, nullable=False),
    Column("reference", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("resource_id", UUID, nullable=False),
    PrimaryKeyConstraint("source_id", "reference"),
)

kept_resource = Table(
    "kept_resource",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("source_id", UUID, nullable=False),
    Column("type", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # JSON as ASCII text: it may hold what the database's own JSON type refuses.
    Column("body", LargeBinary, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    UniqueConstraint("source_id", "body_hash"),
)

patient = Table(
    "patient",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("source_id", UUID, nullable=False),
    Column("name", Text, nullable=False),
    Column("given", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("birth_date", Date),
    Column("sex", Text),
    Column("language", Text),
    Column("email", Text),
    Column("mobile", Text),
    Column("phone", Text),
    Column("address", Text),
    Column("identifiers", JSONB, nullable=False),
    Column("deceased", Boolean, nullable=False),
    Column("deceased_at", MOMENT),
    Column("registered_at", MOMENT, nullable=False),
    Index("ix_patient_family", text("lower(family) text_pattern_ops")),
    Index("ix_patient_given", text("lower(given) text_pattern_ops")),
    Index("ix_patient_birth_date", "birth_date"),
)

provider = Table(
    "provider",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("source_id", UUID, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("npi", Text),
    Column("sort", Text),
    Column("phone", Text),
    Column("address", Text),
    Column("received_at", MOMENT, nullable=False),
)
