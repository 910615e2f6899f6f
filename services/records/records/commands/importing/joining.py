"""Joins what waited with its patient: files of a bulk export may come in any order."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from records.adapters.fhir import canonical_bytes, with_contents
from records.adapters.fhir.extract import Context, rows_of
from records.adapters.fhir.references import references_in
from records.adapters.fhir.vocabulary import READ_LAST
from records.store import imports
from records.store.imports import Source

from .connections import add_connections
from .rows import view_row
from .writing import Writer

if TYPE_CHECKING:
    from portico_kit.database import Transaction

BATCH = 500


def join_waiting(tx: Transaction, *, source: Source) -> int:
    """Give a batch of waiting resources to their patients; how many. Repeat until 0."""
    writer = Writer(tx)
    # What speaks of others joins after them, or there would be nothing to speak of yet.
    found = imports.waiting_for_patient(tx, source_id=source.id, last=list(READ_LAST), limit=BATCH)
    for row in found:
        _join(tx, writer, row, source=source)
    writer.flush()
    imports.give_patient(tx, [(row.patient_id, row.id, row.version) for row in found])
    return len(found)


def _join(tx: Transaction, writer: Writer, row: Any, *, source: Source) -> None:
    body = json.loads(row.body, parse_float=Decimal)
    context = _context(tx, source, row.received_at, canonical_bytes(body))
    for extracted in rows_of(with_contents(body, _contents(tx, row)), context):
        made = view_row(
            tx, extracted, id_=row.id, patient_id=row.patient_id, source=source, context=context
        )
        writer.view(extracted.table, made, changed=True)
    add_connections(writer, body, id_=row.id, context=context)


def _contents(tx: Transaction, row: Any) -> dict[int, str]:
    sealed = imports.sealed_contents(tx, resource_id=row.id, version=row.version)
    return {s.position: tx.unseal(s.sealed_for, s.content_sealed) for s in sealed}


def _context(tx: Transaction, source: Source, received_at: Any, canonical: bytes) -> Context:
    references = sorted(references_in(canonical))
    ids = imports.ids_of_references(tx, source_id=source.id, references=references)
    return Context(
        received_at=received_at, ids=ids, names=imports.names_of_ids(tx, set(ids.values()))
    )
