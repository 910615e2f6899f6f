"""Conditions, allergies, vaccines, visits, procedures and care plans."""

from __future__ import annotations

from typing import Any

from ..datatypes import (
    Unreadable,
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
from .context import Context, Extracted


def immunization(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A vaccine given, or not given (status tells)."""
    system, code = coding_of(resource.get("vaccineCode"))
    protocol = as_dict(resource.get("protocolApplied"))
    dose = number(protocol.get("doseNumberPositiveInt"))
    row = {
        **_named(resource, "vaccineCode", "a vaccine"),
        "code_system": system, "code": code,
        "at": start_of(resource, "occurrenceDateTime", "recorded"),
        "lot": as_text(resource.get("lotNumber")),
        "site": concept_text(resource.get("site")),
        "dose_number": as_text(protocol.get("doseNumberString")) or (dose and digits(dose)) or None,
        "performer": context.first_name(resource.get("performer"), "actor")
        or context.name_of(resource.get("location")),
    }  # fmt: skip
    return [Extracted("immunization", row)]


def condition(resource: dict[str, Any], _context: Context) -> list[Extracted]:
    """A problem, diagnosis or concern."""
    system, code = coding_of(resource.get("code"))
    row = {
        **_named(resource, "code", "a condition", status="clinicalStatus"),
        "code_system": system, "code": code,
        "clinical_status": coding_of(resource.get("clinicalStatus"))[1],
        "verification_status": coding_of(resource.get("verificationStatus"))[1],
        "category": coding_of(resource.get("category"))[1],
        "at": start_of(resource, "onsetDateTime", "onsetPeriod", "recordedDate"),
        "ended_at": end_of(resource, "abatementDateTime", "abatementPeriod"),
    }  # fmt: skip
    row.pop("status")
    return [Extracted("condition", row)]


def allergy(resource: dict[str, Any], _context: Context) -> list[Extracted]:
    """An allergy or intolerance with its reactions."""
    system, code = coding_of(resource.get("code"))
    reactions = [r for r in as_list(resource.get("reaction")) if isinstance(r, dict)]
    manifested = [concept_text(m) for r in reactions for m in as_list(r.get("manifestation"))]
    severities = [s for r in reactions if (s := as_text(r.get("severity")))]
    row = {
        **_named(resource, "code", "an allergy", status="clinicalStatus"),
        "code_system": system, "code": code,
        "category": as_text((as_list(resource.get("category")) or [None])[0]),
        "criticality": as_text(resource.get("criticality")),
        "clinical_status": coding_of(resource.get("clinicalStatus"))[1],
        "verification_status": coding_of(resource.get("verificationStatus"))[1],
        "reactions": list(dict.fromkeys(m for m in manifested if m)),
        "severity": next((s for s in ("severe", "moderate", "mild") if s in severities), None),
        "at": start_of(resource, "onsetDateTime", "onsetPeriod", "recordedDate"),
    }  # fmt: skip
    row.pop("status")
    return [Extracted("allergy", row)]


def encounter(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A visit as it took place."""
    kind = as_dict(resource.get("class"))
    reasons = [
        concept_text(resource.get("reasonCode")),
        context.first_name(resource.get("reasonReference")),
    ]
    row = {
        "name": concept_text(resource.get("type")) or as_text(kind.get("display")) or "Visit",
        "kind": as_text(kind.get("code")),
        "status": as_text(resource.get("status")) or "unknown",
        "at": start_of(resource, "period"),
        "ended_at": end_of(resource, "period"),
        "reason": next((r for r in reasons if r), None),
        "provider": context.first_name(resource.get("participant"), "individual"),
        "place": context.first_name(resource.get("location"), "location")
        or context.name_of(resource.get("serviceProvider")),
    }
    return [Extracted("encounter", row)]


def procedure(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """Something done for the patient."""
    system, code = coding_of(resource.get("code"))
    reasons = [
        concept_text(resource.get("reasonCode")),
        context.first_name(resource.get("reasonReference")),
    ]
    row = {
        **_named(resource, "code", "a procedure"),
        "code_system": system, "code": code,
        "at": start_of(resource, "performedDateTime", "performedPeriod"),
        "reason": next((r for r in reasons if r), None),
        "performer": context.first_name(resource.get("performer"), "actor")
        or context.name_of(resource.get("location")),
    }  # fmt: skip
    return [Extracted("procedure", row)]


def care_plan(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A plan of care and what it asks for."""
    categories = [concept_text(c) for c in as_list(resource.get("category"))]
    coded = [c for c in categories if c and c != "assess-plan"]
    addressed = context.first_name(resource.get("addresses"))
    activities = []
    for activity in as_list(resource.get("activity")):
        detail = as_dict(as_dict(activity).get("detail"))
        said = concept_text(detail.get("code")) or as_text(detail.get("description"))
        if said:
            activities.append(said)
    row = {
        "name": as_text(resource.get("title")) or (coded[0] if coded else None) or addressed
        or "Care plan",
        "status": as_text(resource.get("status")) or "unknown",
        "at": start_of(resource, "period", "created"),
        "ended_at": end_of(resource, "period"),
        "activities": list(dict.fromkeys(activities)),
    }  # fmt: skip
    return [Extracted("care_plan", row)]


def _named(
    resource: dict[str, Any], member: str, what: str, *, status: str = "status"
) -> dict[str, Any]:
    name = concept_text(resource.get(member))
    if name is None:
        raise Unreadable(f"{what} without code or text")
    return {"name": name, "status": as_text(resource.get(status)) or "unknown"}
