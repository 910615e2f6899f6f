"""Medicines out of MedicationRequest, MedicationStatement and MedicationDispense."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from records.domain.medicines import daily_dose, in_days, supply_days

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
    unit_of,
)
from .context import Context, Extracted

_UNITS = {
    "s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month",
    "a": "year",
}  # fmt: skip
# http://hl7.org/fhir/R4/valueset-event-timing.html and the usual timing abbreviations
_WHEN = {
    "MORN": "in the morning", "NOON": "at noon", "AFT": "in the afternoon",
    "EVE": "in the evening", "NIGHT": "at night", "HS": "at bedtime", "AC": "before meals",
    "PC": "after meals", "C": "with meals", "WAKE": "on waking up",
}  # fmt: skip


def request(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A prescription. Raises Unreadable where the medicine has no name."""
    dispense = as_dict(resource.get("dispenseRequest"))
    dosage = as_dict(resource.get("dosageInstruction"))
    repeats = number(dispense.get("numberOfRepeatsAllowed"))
    row = {
        **_medicine(resource, context),
        "at": start_of(resource, "authoredOn"),
        "ended_at": _ended(resource, dispense),
        "dose": dose_text(dosage),
        "prescriber": context.name_of(resource.get("requester"), within=resource),
        "refills_left": int(repeats) if repeats is not None and 0 <= repeats < 1000 else None,
        "supply_days": _supply(dispense, dosage),
    }
    return [Extracted("medication", row)]


def statement(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """What the patient says to take, or somebody else prescribed."""
    row = {
        **_medicine(resource, context),
        "at": start_of(resource, "effectiveDateTime", "effectivePeriod", "dateAsserted"),
        "ended_at": end_of(resource, "effectivePeriod"),
        "dose": dose_text(as_dict(resource.get("dosage"))),
        "prescriber": context.name_of(resource.get("informationSource"), within=resource),
        "refills_left": None,
        "supply_days": None,
    }
    return [Extracted("medication", row)]


def dose_text(dosage: dict[str, Any]) -> str | None:
    """How to take it: the sender's own words, else put together from the parts."""
    own = as_text(dosage.get("patientInstruction")) or as_text(dosage.get("text"))
    if own:
        return own
    quantity = as_dict(as_dict(dosage.get("doseAndRate")).get("doseQuantity"))
    amount = number(quantity.get("value"))
    much = [_trimmed(amount), unit_of(quantity)] if amount is not None else []
    parts = [
        " ".join(filter(None, [*much, _timing_text(as_dict(dosage.get("timing")))])),
        concept_text(dosage.get("route")),
        "as needed" if dosage.get("asNeededBoolean") is True else None,
    ]
    said = ", ".join(p for p in parts if p)
    return said[:1].upper() + said[1:] or None


def _medicine(resource: dict[str, Any], context: Context) -> dict[str, Any]:
    concept = resource.get("medicationCodeableConcept")
    name = concept_text(concept) or context.name_of(
        resource.get("medicationReference"), within=resource
    )
    if name is None:
        raise Unreadable("a medicine without code or text")
    system, code = coding_of(concept)
    reasons = [
        concept_text(resource.get("reasonCode")),
        context.first_name(resource.get("reasonReference")),
    ]
    return {
        "name": name,
        "code_system": system,
        "code": code,
        "status": as_text(resource.get("status")) or "unknown",
        "reason": next((r for r in reasons if r), None),
        "encounter_id": context.id_of(resource.get("encounter") or resource.get("context")),
    }


def _ended(resource: dict[str, Any], dispense: dict[str, Any]) -> Any:
    if resource.get("status") in ("active", "on-hold", "draft", "unknown"):
        return end_of(dispense, "validityPeriod")
    bounds = as_dict(
        as_dict(as_dict(resource.get("dosageInstruction")).get("timing")).get("repeat")
    )
    return end_of(bounds, "boundsPeriod")


def _timing_text(timing: dict[str, Any]) -> str | None:
    repeat = as_dict(timing.get("repeat"))
    times, period = number(repeat.get("frequency")), number(repeat.get("period"))
    unit = _UNITS.get(str(repeat.get("periodUnit")))
    whens = [_WHEN[w] for w in as_list(repeat.get("when")) if isinstance(w, str) and w in _WHEN]
    if times is None or period is None or unit is None:
        return " and ".join(whens) or concept_text(timing.get("code"))
    often = "" if times == 1 else "twice " if times == 2 else f"{_trimmed(times)} times "
    every = f"every {unit}" if period == 1 else f"every {_trimmed(period)} {unit}s"
    return " ".join([f"{often}{every}", *whens])


def _supply(dispense: dict[str, Any], dosage: dict[str, Any]) -> int | None:
    duration = as_dict(dispense.get("expectedSupplyDuration"))
    length = number(duration.get("value"))
    unit = as_text(duration.get("code")) or as_text(duration.get("unit"))
    return supply_days(
        stated=in_days(length, unit) if length is not None else None,
        quantity=number(as_dict(dispense.get("quantity")).get("value")),
        daily=_daily(dosage),
    )


def _daily(dosage: dict[str, Any]) -> Decimal | None:
    repeat = as_dict(as_dict(dosage.get("timing")).get("repeat"))
    dose = number(as_dict(as_dict(dosage.get("doseAndRate")).get("doseQuantity")).get("value"))
    times, period = number(repeat.get("frequency")), number(repeat.get("period"))
    if dose is None or times is None or period is None:
        return None
    unit = as_text(repeat.get("periodUnit"))
    return daily_dose(dose=dose, frequency=times, period=period, period_unit=unit)


def _trimmed(value: Decimal) -> str:
    said = digits(value)
    return said.rstrip("0").rstrip(".") if "." in said else said
