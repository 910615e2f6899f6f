"""Tables made for pages: filled when resources come in, read newest first by (at, id).

``id`` is the resource's id. ``at`` is the time that the page sorts and shows by; where a source
gave none, it is the time of receipt.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from .tables import MOMENT, metadata


def _view(name: str, *columns: Any, index: bool = True) -> Table:
    newest_first = [Index(f"ix_{name}_newest", "patient_id", text("at DESC"), text("id DESC"))]
    return Table(
        name,
        metadata,
        Column("id", UUID, primary_key=True),
        Column("patient_id", UUID, nullable=False),
        Column("source_id", UUID, nullable=False),
        Column("at", MOMENT, nullable=False),
        Column("received_at", MOMENT, nullable=False),
        Column("name", Text, nullable=False),
        *columns,
        *(newest_first if index else []),
    )


lab_result = _view(
    "lab_result",
    Column("reported_at", MOMENT, nullable=False),
    Column("code_system", Text),
    Column("code", Text),
    Column("status", Text, nullable=False),
    Column("value", Text),
    Column("value_number", Numeric),
    Column("shown", Text),
    Column("unit", Text),
    Column("range_low", Numeric),
    Column("range_high", Numeric),
    Column("range_text", Text),
    Column("interpretation", Text),
    Column("flag", Text, nullable=False),
    Column("panel_id", UUID),
    Column("panel", Text),
    Column("encounter_id", UUID),
    Column("performer", Text),
    Column("released_at", MOMENT),
    Column("released_by", UUID),
    Column("first_viewed_at", MOMENT),
    Column("has_comment", Boolean, nullable=False, server_default=text("false")),
    Index(
        "ix_lab_result_newest", "patient_id", text("at DESC"), text("id DESC"),
        postgresql_where=text("released_at IS NOT NULL"),
    ),
    Index("ix_lab_result_code", "patient_id", "code", text("at DESC")),
    Index(
        "ix_lab_result_waiting", "received_at", "id",
        postgresql_where=text("released_at IS NULL"),
    ),
    index=False,
)  # fmt: skip

lab_comment = Table(
    "lab_comment",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("result_id", UUID, nullable=False),
    Column("patient_id", UUID, nullable=False),
    Column("author_account_id", UUID),
    Column("author", Text),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("written_at", MOMENT, nullable=False),
    Index("ix_lab_comment_result", "result_id", "written_at"),
)

medication = _view(
    "medication",
    Column("code_system", Text),
    Column("code", Text),
    Column("status", Text, nullable=False),
    Column("dose", Text),
    Column("reason", Text),
    Column("prescriber", Text),
    Column("encounter_id", UUID),
    Column("ended_at", MOMENT),
    Column("refills_left", Integer),
    Column("filled_on", Date),
    Column("supply_days", Integer),
)

immunization = _view(
    "immunization",
    Column("code_system", Text),
    Column("code", Text),
    Column("status", Text, nullable=False),
    Column("lot", Text),
    Column("site", Text),
    Column("dose_number", Text),
    Column("performer", Text),
)

condition = _view(
    "condition",
    Column("code_system", Text),
    Column("code", Text),
    Column("clinical_status", Text),
    Column("verification_status", Text),
    Column("category", Text),
    Column("ended_at", MOMENT),
)

allergy = _view(
    "allergy",
    Column("code_system", Text),
    Column("code", Text),
    Column("category", Text),
    Column("criticality", Text),
    Column("clinical_status", Text),
    Column("verification_status", Text),
    Column("reactions", JSONB, nullable=False),
    Column("severity", Text),
)

encounter = _view(
    "encounter",
    Column("kind", Text),
    Column("status", Text, nullable=False),
    Column("ended_at", MOMENT),
    Column("reason", Text),
    Column("provider", Text),
    Column("place", Text),
)

visit_note = _view(
    "visit_note",
    Column("kind", Text, nullable=False),
    Column("author", Text),
    Column("place", Text),
    Column("encounter_id", UUID),
    Column("status", Text, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Index("ix_visit_note_encounter", "encounter_id"),
)

document = _view(
    "document",
    Column("author", Text),
    Column("status", Text, nullable=False),
    Column("content_type", Text),
    Column("size", Integer),
    Column("url", Text),
    # Which attachment of the resource this is.
    Column("position", Integer, nullable=False),
)

procedure = _view(
    "procedure",
    Column("code_system", Text),
    Column("code", Text),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("performer", Text),
)

care_plan = _view(
    "care_plan",
    Column("status", Text, nullable=False),
    Column("ended_at", MOMENT),
    Column("activities", JSONB, nullable=False),
)

VIEWS: dict[str, Table] = {
    table.name: table
    for table in (
        lab_result, medication, immunization, condition, allergy,
        encounter, visit_note, document, procedure, care_plan,
    )
}  # fmt: skip
