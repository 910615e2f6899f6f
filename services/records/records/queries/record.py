"""Medicines, vaccines, conditions, allergies, visits, procedures and care plans."""

# ruff: noqa: S608 (statements are put together from constants; values always go as parameters)

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from portico_contracts import records as contract
from portico_contracts.refusal import NotFound
from records.domain import medicines

from .paging import Row, in_words, page, place_of, rows

if TYPE_CHECKING:
    from portico_kit.database import Transaction

MEDICATION = (
    "v.id AS medication_id, v.name, v.code, v.status, v.dose, v.reason, v.prescriber, "
    "v.at AS prescribed_at, v.ended_at, v.refills_left, v.filled_on, v.supply_days, "
    "s.name AS source"
)
# Active and not over; spelled out so that a list can page in the database.
_TAKEN_NOW = (
    f"(v.status IN {in_words(medicines.NOW)} AND (v.ended_at IS NULL OR v.ended_at > :now))"
)
# What turned out to be untrue is told to nobody as if it were so.
_VALID = "coalesce(v.verification_status, '') NOT IN ('entered-in-error', 'refuted')"
_CONDITION_NOW = (
    "(v.clinical_status IS NULL OR v.clinical_status IN ('active', 'recurrence', 'relapse')) "
    "AND v.ended_at IS NULL"
)


def list_medications(tx: Transaction, request: contract.ListMedications, *, now: datetime) -> Row:
    """Medicines, those taken now or before, the newest prescription first."""
    which = {"now": _TAKEN_NOW, "past": f"NOT {_TAKEN_NOW}", "all": "true"}[request.taking]
    made = _list(
        tx, request, "medication", MEDICATION, f"v.status <> 'entered-in-error' AND {which}",
        key="prescribed_at", now=now,
    )  # fmt: skip
    made["items"] = [medication_of(row, now=now) for row in made["items"]]
    return made


def show_medication(tx: Transaction, request: contract.ShowMedication, *, now: datetime) -> Row:
    """One medicine. Refusal: NotFound."""
    found = rows(
        tx,
        f"SELECT {MEDICATION} FROM medication v JOIN source s ON s.id = v.source_id "
        "WHERE v.id = :id AND v.patient_id = :patient_id AND v.status <> 'entered-in-error'",
        {"id": request.medication_id, "patient_id": tx.patient_id},
    )
    if not found:
        raise NotFound
    return medication_of(found[0], now=now)


def medication_of(row: Row, *, now: datetime) -> Row:
    """A medicine as pages show it: taken now or not, and how many days are left."""
    filled_on, supply = row.pop("filled_on"), row.pop("supply_days")
    row["taking"] = medicines.taking(status=row["status"], ended_at=row["ended_at"], now=now)
    row["days_left"] = None
    if row["taking"] == "now":
        row["days_left"] = medicines.days_left(filled_on=filled_on, supply=supply, today=now.date())
    return row


def list_immunizations(tx: Transaction, request: contract.ListImmunizations) -> Row:
    """Vaccines given."""
    return _list(
        tx, request, "immunization",
        "v.id AS immunization_id, v.name, v.code, v.status, v.at AS given_at, v.lot, v.site, "
        "v.dose_number, v.performer, s.name AS source",
        "v.status <> 'entered-in-error'", key="given_at",
    )  # fmt: skip


def list_conditions(tx: Transaction, request: contract.ListConditions) -> Row:
    """Conditions, those of now or past."""
    which = {"now": _CONDITION_NOW, "past": f"NOT ({_CONDITION_NOW})", "all": "true"}
    return _list(
        tx, request, "condition",
        "v.id AS condition_id, v.name, v.code_system, v.code, v.clinical_status, "
        "v.verification_status, v.category, v.at AS noted_at, v.ended_at, s.name AS source",
        f"{_VALID} AND {which[request.show]}", key="noted_at",
    )  # fmt: skip


def list_allergies(tx: Transaction, request: contract.ListAllergies) -> Row:
    """Allergies and intolerances."""
    return _list(
        tx, request, "allergy",
        "v.id AS allergy_id, v.name, v.code, v.category, v.criticality, v.clinical_status, "
        "v.reactions, v.severity, v.at AS noted_at, s.name AS source",
        _VALID, key="noted_at",
    )  # fmt: skip


def list_encounters(tx: Transaction, request: contract.ListEncounters) -> Row:
    """Past visits, each with its summary where there is one."""
    return _list(
        tx, request, "encounter",
        "v.id AS encounter_id, v.name, v.kind, v.status, v.at AS started_at, v.ended_at, "
        "v.reason, v.provider, v.place, s.name AS source, "
        "(SELECT n.id FROM visit_note n WHERE n.encounter_id = v.id "
        "AND n.patient_id = v.patient_id AND n.status <> 'entered-in-error' "
        "ORDER BY n.at DESC LIMIT 1) AS note_id",
        "v.status <> 'entered-in-error'", key="started_at",
    )  # fmt: skip


def list_procedures(tx: Transaction, request: contract.ListProcedures) -> Row:
    """What was done."""
    return _list(
        tx, request, "procedure",
        "v.id AS procedure_id, v.name, v.code, v.status, v.at AS performed_at, v.reason, "
        "v.performer, s.name AS source",
        "v.status <> 'entered-in-error'", key="performed_at",
    )  # fmt: skip


def list_care_plans(tx: Transaction, request: contract.ListCarePlans) -> Row:
    """Plans of care."""
    return _list(
        tx, request, "care_plan",
        "v.id AS care_plan_id, v.name AS title, v.status, v.at AS started_at, v.ended_at, "
        "v.activities, s.name AS source",
        "v.status <> 'entered-in-error'", key="started_at",
    )  # fmt: skip


def conditions_of_now(tx: Transaction, *, limit: int) -> list[Row]:
    """The newest active conditions, to choose reading by."""
    return rows(
        tx,
        "SELECT v.name, v.code_system, v.code FROM condition v WHERE v.patient_id = :patient_id "
        f"AND {_VALID} AND {_CONDITION_NOW} ORDER BY v.at DESC, v.id DESC LIMIT :limit",
        {"patient_id": tx.patient_id, "limit": limit},
    )


def medicines_of_now(tx: Transaction, *, now: datetime) -> list[Row]:
    """Medicines taken now whose supply is known."""
    found = rows(
        tx,
        f"SELECT {MEDICATION} FROM medication v JOIN source s ON s.id = v.source_id "
        f"WHERE v.patient_id = :patient_id AND {_TAKEN_NOW} AND v.supply_days IS NOT NULL "
        "ORDER BY v.at DESC LIMIT 100",
        {"patient_id": tx.patient_id, "now": now},
    )
    return [medication_of(row, now=now) for row in found]


def _list(
    tx: Transaction,
    request: Any,
    view: str,
    columns: str,
    condition: str,
    *,
    key: str,
    **given: Any,
) -> Row:
    # Every part of the statement is a constant of this module; values go as parameters.
    words = (
        f"SELECT {columns} FROM {view} v JOIN source s ON s.id = v.source_id "
        f"WHERE v.patient_id = :patient_id AND {condition} "
    )
    given["patient_id"] = tx.patient_id
    if request.cursor:
        words += "AND (v.at, v.id) < (:at, :id) "
        given |= place_of(request.cursor)
    return page(
        tx, words + "ORDER BY v.at DESC, v.id DESC LIMIT :most", given,
        limit=request.limit, key=lambda row: (row[key], row[f"{view}_id"]),
    )  # fmt: skip
