"""Joins what waited with its patient: files of a bulk export may come in any order."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from records.adapters.fhir import canonical_bytes
from records.adapters.fhir.extract import Context, rows_of
from records.adapters.fhir.references import references_in
from records.store import imports
from records.store.imports import Source

from .rows import open_body, view_row
from .writing import Writer

if TYPE_CHECKING:
    from portico_kit.database import Transaction

BATCH = 500


def join_waiting(tx: Transaction, *, source: Source) -> int:
    """Give a batch of waiting resources to their patients; how many. Repeat until 0."""
    found = imports.waiting_for_patient(tx, source_id=source.id, limit=BATCH)
    bodies = [json.loads(row.body, parse_float=Decimal) for row in found]
    canonicals = [canonical_bytes(body) for body in bodies]
    writer = Writer(tx)
    given = []
    for row, body, canonical in zip(found, bodies, canonicals, strict=True):
        context = _context(tx, source, row.received_at, canonical)
        for extracted in rows_of(body, context):
            made = view_row(
                tx, extracted, id_=row.id, patient_id=row.patient_id,
                source=source, context=context,
            )  # fmt: skip
            writer.view(extracted.table, made, changed=True)
        emptied = open_body(body, canonical)
        text = None if emptied is canonical else emptied.decode()
        given.append((row.patient_id, text, row.id, row.version))
    writer.flush()
    imports.give_patient(tx, given)
    return len(given)


def _context(tx: Transaction, source: Source, received_at: Any, canonical: bytes) -> Context:
    references = sorted(references_in(canonical))
    ids = imports.ids_of_references(tx, source_id=source.id, references=references)
    return Context(
        received_at=received_at, ids=ids, names=imports.names_of_ids(tx, set(ids.values()))
    )
