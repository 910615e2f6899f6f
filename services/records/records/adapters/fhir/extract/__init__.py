"""From a FHIR resource to the rows that pages read.

``facts_of`` gives the search columns that every resource has; ``rows_of`` gives the rows of the
reading tables, for the types that have one. Both raise datatypes.Unreadable where the content is
invalid; the caller keeps the resource and reports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..datatypes import Unreadable
from . import history, medicines, notes, patients, results
from .context import Context, Extracted
from .facts import REQUIRED, Facts, facts_of, summary_of

__all__ = ["Context", "Extracted", "Facts", "Unreadable", "facts_of", "rows_of", "summary_of"]

_BY_TYPE: dict[str, Callable[[dict[str, Any], Context], list[Extracted]]] = {
    "Observation": results.observation,
    "DiagnosticReport": results.report,
    "MedicationRequest": medicines.request,
    "MedicationStatement": medicines.statement,
    "Immunization": history.immunization,
    "Condition": history.condition,
    "AllergyIntolerance": history.allergy,
    "Encounter": history.encounter,
    "Procedure": history.procedure,
    "CarePlan": history.care_plan,
    "DocumentReference": notes.document,
    "Practitioner": patients.practitioner,
    "Organization": patients.organization,
    "Location": patients.organization,
    "Patient": patients.patient,
}

# The reading tables that a type can fill: when it changes, rows it no longer gives are removed.
TABLES_OF: dict[str, tuple[str, ...]] = {
    "Observation": ("lab_result",),
    "DiagnosticReport": ("document", "visit_note"),
    "DocumentReference": ("document", "visit_note"),
}

# These stand on their own; all others need to know whose they are.
WITHOUT_PATIENT = frozenset({"Practitioner", "Organization", "Location", "Patient"})


def rows_of(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """Rows for reading tables; none for types that have no page of their own."""
    extract = _BY_TYPE.get(resource["resourceType"])
    return extract(resource, context) if extract else []


def check_required(resource: dict[str, Any]) -> None:
    """Raises Unreadable where R4 demands an element that is not there."""
    for element in REQUIRED.get(resource["resourceType"], ()):
        if element not in resource and f"_{element}" not in resource:
            raise Unreadable(f"invalid: no {element}")
