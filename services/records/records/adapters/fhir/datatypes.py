"""FHIR's data types in plain Python: times, concepts, quantities, names, dosage.

Nothing here raises on what is missing or of another shape: real senders leave things out. Only a
time that is there but cannot be read raises Unreadable.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_SNOMED_TAG = re.compile(
    r" \((?:procedure|finding|disorder|situation|regime/therapy|substance|product|"
    r"physical object|observable entity|event|qualifier value|environment|organism|person|"
    r"medicinal product|clinical drug|morphologic abnormality)\)$"
)


class Unreadable(Exception):
    """A value is there but is not what FHIR says it must be; the text names the element."""


def first(value: Any) -> Any:
    """The first of a list, or the value itself; None where there is none."""
    if isinstance(value, list):
        return value[0] if value else None
    return value


def as_dict(value: Any) -> dict[str, Any]:
    found = first(value)
    return found if isinstance(found, dict) else {}


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def as_text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def instant(value: Any, element: str) -> datetime | None:
    """A FHIR date, dateTime or instant as aware UTC; partial dates mean their first moment.

    A time without a zone is read as UTC. Raises Unreadable.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.strip()
    if len(text) == 4:
        text += "-01-01"
    elif len(text) == 7:
        text += "-01"
    try:
        found = datetime.fromisoformat(text.replace(":60", ":59"))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"{element} is no date") from None


def day(value: Any, element: str) -> date | None:
    """A FHIR date as a whole day. Raises Unreadable."""
    found = instant(value[:10] if isinstance(value, str) else value, element)
    return found.date() if found else None


def start_of(resource: dict[str, Any], *elements: str) -> datetime | None:
    """The first of these elements that holds a time; a Period gives its start (or end)."""
    for element in elements:
        value = resource.get(element)
        if isinstance(value, dict):
            value = value.get("start") or value.get("end")
        found = instant(value, element)
        if found is not None:
            return found
    return None


def end_of(resource: dict[str, Any], *elements: str) -> datetime | None:
    """As start_of, but a Period gives its end only."""
    for element in elements:
        value = resource.get(element)
        found = instant(value.get("end") if isinstance(value, dict) else value, element)
        if found is not None:
            return found
    return None


def coding_of(concept: Any) -> tuple[str | None, str | None]:
    """System and code of a CodeableConcept's first coding that has a code."""
    for coding in as_list(as_dict(concept).get("coding")):
        if isinstance(coding, dict) and as_text(coding.get("code")):
            return as_text(coding.get("system")), as_text(coding.get("code"))
    return None, None


def concept_text(concept: Any) -> str | None:
    """A CodeableConcept in words, SNOMED's semantic tag taken off; its code as a last resort."""
    concept = as_dict(concept)
    words = as_text(concept.get("text"))
    for coding in as_list(concept.get("coding")):
        if words is None and isinstance(coding, dict):
            words = as_text(coding.get("display"))
    words = words or coding_of(concept)[1]
    return _SNOMED_TAG.sub("", words) if words else None


def codes_of(concepts: Any) -> set[str]:
    """All codes of one concept or a list of them."""
    return {
        coding["code"]
        for concept in as_list(concepts)
        if isinstance(concept, dict)
        for coding in as_list(concept.get("coding"))
        if isinstance(coding, dict) and isinstance(coding.get("code"), str)
    }


def number(value: Any) -> Decimal | None:
    """An exact number; None for anything else (also for true and false)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def digits(value: Decimal) -> str:
    """The number as written, without an exponent where that stays readable."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -40 < exponent < 40:
        return format(value, "f")
    return str(value)


def quantity_text(quantity: Any) -> str | None:
    """``< 5 mg``: comparator, number and unit."""
    quantity = as_dict(quantity)
    amount = number(quantity.get("value"))
    if amount is None:
        return None
    parts = (as_text(quantity.get("comparator")), digits(amount), unit_of(quantity))
    return " ".join(p for p in parts if p)


def unit_of(quantity: dict[str, Any]) -> str | None:
    """The unit in words, else as a UCUM code; annotations in braces are no unit."""
    unit = as_text(quantity.get("unit")) or as_text(quantity.get("code"))
    return None if unit is None or unit.startswith("{") or unit == "1" else unit


def human_name(name: Any) -> str | None:
    """A HumanName as it is spoken, prefix left out."""
    name = as_dict(name)
    parts = [*as_list(name.get("given")), name.get("family"), *as_list(name.get("suffix"))]
    spoken = " ".join(p.strip() for p in parts if isinstance(p, str) and p.strip())
    return spoken or as_text(name.get("text"))


def telecom(resource: dict[str, Any], system: str, use: str | None = None) -> str | None:
    """The value of the first contact point of a system (and use)."""
    for point in as_list(resource.get("telecom")):
        if not isinstance(point, dict) or point.get("system") != system:
            continue
        if use is None or point.get("use") == use:
            return as_text(point.get("value"))
    return None


def address_line(resource: dict[str, Any]) -> str | None:
    """The first address on one line."""
    address = as_dict(resource.get("address"))
    if as_text(address.get("text")):
        return as_text(address.get("text"))
    place = " ".join(
        filter(None, (as_text(address.get("state")), as_text(address.get("postalCode"))))
    )
    parts = [*as_list(address.get("line")), address.get("city"), place]
    return ", ".join(p.strip() for p in parts if isinstance(p, str) and p.strip()) or None
