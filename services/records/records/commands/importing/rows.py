"""From an entry to rows: the resource itself and what pages read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from records.adapters.fhir import canonical_bytes, contents_of, without_contents
from records.adapters.fhir.extract import Context, Extracted, facts_of, summary_of
from records.adapters.fhir.references import references_in
from records.domain.results import released_when_taken
from records.store.imports import Source

if TYPE_CHECKING:
    from datetime import datetime

    from portico_kit.database import Transaction
    from records.adapters.fhir.reading import Entry

Row = dict[str, Any]


def resource_row(
    entry: Entry,
    *,
    context: Context,
    source: Source,
    id_: UUID,
    version: int,
    patient_id: UUID | None,
    patient_reference: str | None,
) -> Row:
    """The row that keeps the resource. Raises Unreadable for a time that is none."""
    facts = facts_of(entry.resource)
    ids = context.ids
    links = {r: str(ids[r]) for r in references_in(entry.canonical) if r in ids}
    waiting = patient_id is None and patient_reference is not None
    return {
        "id": id_, "version": version, "current": True,
        "patient_id": patient_id,
        "patient_reference": patient_reference if waiting else None,
        "type": entry.type, "source_id": source.id, "source_resource_id": entry.key,
        "effective_at": facts.effective_at, "received_at": context.received_at,
        "status": facts.status, "code_system": facts.code_system, "code": facts.code,
        "display": facts.display,
        "body": open_body(entry),
        "body_hash": entry.digest, "links": links or None,
        "summary": summary_of(entry.resource),
    }  # fmt: skip


def open_body(entry: Entry) -> bytes:
    """The body as it may stand unsealed: without the content of attachments."""
    if b'"data":' not in entry.canonical or not contents_of(entry.resource):
        return entry.canonical
    return canonical_bytes(without_contents(entry.resource))


def attachment_rows(
    tx: Transaction, entry: Entry, *, id_: UUID, version: int, patient_id: UUID | None
) -> list[Row]:
    """The contents that ``open_body`` left out, sealed for the patient (or for themselves)."""
    if b'"data":' not in entry.canonical:
        return []
    owner = patient_id or id_
    return [
        {
            "resource_id": id_,
            "version": version,
            "position": position,
            "sealed_for": owner,
            "content_sealed": tx.seal(owner, content),
        }
        for position, content in contents_of(entry.resource).items()
    ]


def view_row(
    tx: Transaction,
    extracted: Extracted,
    *,
    id_: UUID,
    patient_id: UUID | None,
    source: Source,
    context: Context,
) -> Row:
    """A complete row of a reading table, free text sealed."""
    row: Row = {"id": id_, "source_id": source.id, **extracted.row}
    if extracted.table == "patient":
        return row | {"registered_at": context.received_at}
    row["received_at"] = context.received_at
    if extracted.table == "provider":
        return row
    assert patient_id is not None
    row["patient_id"] = patient_id
    row["at"] = row["at"] or context.received_at
    if extracted.table == "lab_result":
        return row | _of_result(row, source=source, context=context)
    if extracted.table == "medication":
        row["filled_on"] = row["at"].date() if row["supply_days"] else None
    return _sealed(tx, patient_id, row)


def _of_result(row: Row, *, source: Source, context: Context) -> Row:
    panel_id, panel = context.panels.get(row["id"], (None, None))
    reported_at: datetime = row["reported_at"] or row["at"]
    released_at = released_when_taken(
        release="held" if source.release == "held" else "on_receipt",
        status=row["status"],
        reported_at=reported_at,
        received_at=context.received_at,
    )
    return {
        "panel_id": panel_id,
        "panel": panel,
        "reported_at": reported_at,
        "released_at": released_at,
    }


def _sealed(tx: Transaction, patient_id: UUID, row: Row) -> Row:
    if "text" in row:
        row["text_sealed"] = tx.seal(patient_id, row.pop("text"))
    return row
