"""Patients as staff find them and as they see themselves."""

# ruff: noqa: S608 (statements are put together from constants; values always go as parameters)

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from portico_contracts import records as contract
from portico_contracts.records import UnknownCursor
from portico_contracts.refusal import NotFound
from records.domain.people import age_on, birth_date_in, id_in

from .paging import Row, rows, starting

if TYPE_CHECKING:
    from portico_kit.database import Transaction

FOUND = "p.id AS patient_id, p.name, p.given, p.family, p.birth_date, p.sex, p.language, p.deceased"
CLINICAL = frozenset({"clinician", "nurse"})
MOST_WORDS = 5
MOST_CARDS = 100

_ALLERGIES = (
    "SELECT a.patient_id, a.name FROM allergy a WHERE a.patient_id = ANY(:ids) "
    "AND coalesce(a.verification_status, '') NOT IN ('entered-in-error', 'refuted') "
    "AND (a.clinical_status IS NULL OR a.clinical_status = 'active') ORDER BY a.at DESC, a.id"
)


def show_patient(tx: Transaction, _request: contract.ShowPatient, *, now: datetime) -> Row:
    """Who the patient is. Refusal: NotFound."""
    found = rows(
        tx,
        f"SELECT {FOUND}, p.email, p.mobile, p.phone, p.address, p.deceased_at, "
        "p.registered_at, s.name AS source "
        "FROM patient p JOIN source s ON s.id = p.source_id WHERE p.id = :id",
        {"id": tx.patient_id},
    )
    if not found:
        raise NotFound
    person = found[0]
    day = (person.pop("deceased_at") or now).date()
    person["age"] = age_on(day, born=person["birth_date"])
    clinical = tx.actor.kind == "patient" or not CLINICAL.isdisjoint(tx.actor.roles)
    known = _allergies(tx, [tx.patient_id]) if clinical else None
    person["allergies"] = None if known is None else known.get(tx.patient_id, [])
    return person


def search_patients(tx: Transaction, request: contract.SearchPatients, *, now: datetime) -> Row:
    """Patients by beginnings of names, birth date or id, in the order of their names."""
    words, given = _sought(request.q, now=now)
    if request.cursor:
        words += (
            " AND (lower(p.family), p.id) > "
            "(SELECT lower(f.family), f.id FROM patient f WHERE f.id = :after)"
        )
        given["after"] = _place(request.cursor)
    found = rows(
        tx,
        f"SELECT {FOUND} FROM patient p WHERE {words} ORDER BY lower(p.family), p.id LIMIT :most",
        {**given, "most": request.limit + 1},
    )
    items = found[: request.limit]
    tx.concerns(*(row["patient_id"] for row in items))
    more = len(found) > request.limit
    # An id and no name: cursors stand in addresses.
    return {"items": items, "next": items[-1]["patient_id"].hex if more else None}


def patient_cards(tx: Transaction, request: contract.PatientCards, *, now: datetime) -> Row:
    """Cards for a staff list; allergies only for those who care for patients."""
    ids = list(request.ids[:MOST_CARDS])
    found = rows(
        tx,
        "SELECT p.id AS patient_id, p.name, p.birth_date, p.sex, p.language "
        "FROM patient p WHERE p.id = ANY(:ids)",
        {"ids": ids},
    )
    clinical = not CLINICAL.isdisjoint(tx.actor.roles)
    allergies = _allergies(tx, ids) if clinical else {}
    for row in found:
        row["age"] = age_on(now.date(), born=row.pop("birth_date"))
        row["allergies"] = ", ".join(allergies.get(row["patient_id"], [])) or None
    tx.concerns(*(row["patient_id"] for row in found))
    return {"items": found}


def _sought(q: str, *, now: datetime) -> tuple[str, Row]:
    patient_id, born = id_in(q), birth_date_in(q, today=now.date())
    if patient_id is not None:
        return "p.id = :patient_id", {"patient_id": patient_id}
    if born is not None:
        return "p.birth_date = :born", {"born": born}
    given: Row = {}
    parts = []
    for n, word in enumerate(q.replace(",", " ").split()[:MOST_WORDS]):
        given[f"word{n}"] = starting(word)
        parts.append(f"(lower(p.family) LIKE :word{n} OR lower(p.given) LIKE :word{n})")
    return " AND ".join(parts) or "false", given


def _allergies(tx: Transaction, ids: list[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in rows(tx, _ALLERGIES, {"ids": ids}):
        named = found.setdefault(row["patient_id"], [])
        if row["name"] not in named:
            named.append(row["name"])
    return found


def _place(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise UnknownCursor from None
