"""What can be said of any resource: when, in which state, about what; and summaries of money."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from ..datatypes import (
    as_dict,
    as_list,
    as_text,
    coding_of,
    concept_text,
    digits,
    end_of,
    number,
    start_of,
)

_TIMES = (
    "effectiveDateTime", "effectivePeriod", "effectiveInstant", "performedDateTime",
    "performedPeriod", "occurrenceDateTime", "occurrencePeriod", "period", "onsetDateTime",
    "onsetPeriod", "billablePeriod", "authoredOn", "authored", "started", "whenHandedOver",
    "whenPrepared", "startDate", "recordedDate", "assertedDate", "date", "dateAsserted", "issued",
    "created", "recorded", "sent",
)  # fmt: skip
_CODES = (
    "code", "vaccineCode", "medicationCodeableConcept", "type", "category", "class",
    "description",
)  # fmt: skip
_STATES = ("status", "lifecycleStatus", "clinicalStatus")

# Elements with minimum 1 in R4 (https://hl7.org/fhir/R4/) without which a row says nothing.
REQUIRED: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("patient",),
    "CarePlan": ("status", "intent", "subject"),
    "Claim": ("status", "type", "use", "patient"),
    "Condition": ("subject",),
    "Coverage": ("status", "beneficiary"),
    "DiagnosticReport": ("status", "code"),
    "DocumentReference": ("status", "content"),
    "Encounter": ("status", "class"),
    "ExplanationOfBenefit": ("status", "type", "use", "patient"),
    "Goal": ("lifecycleStatus", "description", "subject"),
    "Immunization": ("status", "vaccineCode", "patient"),
    "MedicationRequest": ("status", "intent", "subject"),
    "MedicationStatement": ("status", "subject"),
    "Observation": ("status", "code"),
    "Procedure": ("status", "subject"),
}


class Facts(NamedTuple):
    """The search columns of a resource."""

    effective_at: datetime | None
    status: str | None
    code_system: str | None
    code: str | None
    display: str | None


def facts_of(resource: dict[str, Any]) -> Facts:
    """When, state and code of any resource. Raises Unreadable for a time that is none."""
    system, code, display = _subject_matter(resource)
    return Facts(start_of(resource, *_TIMES), _state(resource), system, code, display)


def summary_of(resource: dict[str, Any]) -> dict[str, Any] | None:
    """Claims, benefits and coverages in a few plain values; None for all else."""
    kind = resource["resourceType"]
    if kind == "Coverage":
        return {
            "payor": as_text(as_dict(resource.get("payor")).get("display")),
            "plan": as_text(as_dict(resource.get("class")).get("name")),
            "kind": concept_text(resource.get("type")),
            "subscriber_id": as_text(resource.get("subscriberId")),
            "ends_at": _iso(end_of(resource, "period")),
        }
    if kind in ("Claim", "ExplanationOfBenefit"):
        insurer = as_dict(resource.get("insurer")) or as_dict(
            as_dict(resource.get("insurance")).get("coverage")
        )
        return {
            "total": _money(resource.get("total")),
            "paid": _money(as_dict(resource.get("payment"))),
            "insurer": as_text(insurer.get("display")),
            "kind": concept_text(resource.get("type")),
            "items": len(as_list(resource.get("item"))),
        }
    return None


def _subject_matter(resource: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    for member in _CODES:
        value = as_dict(resource.get(member))
        if not value:
            continue
        if "code" in value and "coding" not in value:
            value = {"coding": [value]}
        system, code = coding_of(value)
        display = concept_text(value)
        if code or display:
            return system, code, display
    return None, None, None


def _state(resource: dict[str, Any]) -> str | None:
    for member in _STATES:
        value = resource.get(member)
        found = as_text(value) or coding_of(value)[1]
        if found:
            return found
    return None


def _money(value: Any) -> dict[str, str] | None:
    # Claims: {value, currency}; benefits: a list of {category, amount}; payments: {amount}.
    value = as_dict(value)
    value = as_dict(value.get("amount")) or value
    amount = number(value.get("value"))
    if amount is None:
        return None
    return {"value": digits(amount), "currency": as_text(value.get("currency")) or "USD"}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
