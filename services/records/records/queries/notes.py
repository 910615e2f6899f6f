"""Visit summaries, discharge summaries and documents; their words are unsealed one at a time."""

# ruff: noqa: S608 (statements are put together from constants; values always go as parameters)

from __future__ import annotations

from typing import TYPE_CHECKING

from portico_contracts import records as contract
from portico_contracts.refusal import NotFound

from .paging import Row, page, place_of, rows

if TYPE_CHECKING:
    from portico_kit.database import Transaction

NOTE = (
    "v.id AS note_id, v.kind, v.name AS title, v.author, v.place, v.encounter_id, "
    "v.at AS written_at, v.status, s.name AS source"
)
DOCUMENT = (
    "v.id AS document_id, v.name AS title, v.content_type, v.size, v.author, "
    "v.at AS written_at, v.status, s.name AS source"
)


def list_visit_notes(tx: Transaction, request: contract.ListVisitNotes) -> Row:
    """Summaries, newest first. Superseded ones stand too: senders mark whole visits so."""
    words = f"SELECT {NOTE} FROM visit_note v JOIN source s ON s.id = v.source_id "
    words += "WHERE v.patient_id = :patient_id AND v.status <> 'entered-in-error' "
    given: Row = {"patient_id": tx.patient_id}
    if request.kind != "all":
        words += "AND v.kind = :kind "
        given["kind"] = request.kind
    return _page(tx, words, given, request.cursor, request.limit, "note_id")


def show_visit_note(tx: Transaction, request: contract.ShowVisitNote) -> Row:
    """One summary with its text. Refusal: NotFound."""
    found = rows(
        tx,
        f"SELECT {NOTE}, v.text_sealed FROM visit_note v JOIN source s ON s.id = v.source_id "
        "WHERE v.id = :id AND v.patient_id = :patient_id AND v.status <> 'entered-in-error'",
        {"id": request.note_id, "patient_id": tx.patient_id},
    )
    if not found:
        raise NotFound
    note = found[0]
    note["text"] = tx.unseal(tx.patient_id, note.pop("text_sealed"))
    return note


def list_documents(tx: Transaction, request: contract.ListDocuments) -> Row:
    """Documents, newest first."""
    words = f"SELECT {DOCUMENT} FROM document v JOIN source s ON s.id = v.source_id "
    words += "WHERE v.patient_id = :patient_id AND v.status <> 'entered-in-error' "
    given: Row = {"patient_id": tx.patient_id}
    return _page(tx, words, given, request.cursor, request.limit, "document_id")


def show_document(tx: Transaction, request: contract.ShowDocument) -> Row:
    """One document with its content in base64. Refusal: NotFound."""
    found = rows(
        tx,
        f"SELECT {DOCUMENT}, v.url, a.sealed_for, a.content_sealed "
        "FROM document v JOIN source s ON s.id = v.source_id "
        "JOIN resource r ON r.id = v.id AND r.current "
        "LEFT JOIN attachment a ON a.resource_id = r.id AND a.version = r.version "
        "AND a.position = v.position "
        "WHERE v.id = :id AND v.patient_id = :patient_id AND v.status <> 'entered-in-error'",
        {"id": request.document_id, "patient_id": tx.patient_id},
    )
    if not found:
        raise NotFound
    document = found[0]
    owner, sealed = document.pop("sealed_for"), document.pop("content_sealed")
    document["content"] = None if sealed is None else tx.unseal(owner, sealed)
    return document


def _page(
    tx: Transaction, words: str, given: Row, cursor: str | None, limit: int, id_name: str
) -> Row:
    if cursor:
        words += "AND (v.at, v.id) < (:at, :id) "
        given |= place_of(cursor)
    return page(
        tx, words + "ORDER BY v.at DESC, v.id DESC LIMIT :most", given,
        limit=limit, key=lambda row: (row["written_at"], row[id_name]),
    )  # fmt: skip
