"""Laboratory results out of Observations and the reports that list them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from records.domain.results import flag_of, shown

from ..datatypes import (
    Unreadable,
    as_dict,
    as_list,
    as_text,
    codes_of,
    coding_of,
    concept_text,
    digits,
    number,
    quantity_text,
    start_of,
    unit_of,
)
from ..vocabulary import LOINC
from .context import Context, Extracted
from .notes import notes_of_report

LAB_CATEGORIES = frozenset({"laboratory", "LAB", "CH", "HM", "MB", "BLB", "SR", "TX", "VR", "UR"})
_UNNAMED = "an observation without code or text"


def observation(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A row for a laboratory result that says something; vital signs and panels' heads have none.

    Raises Unreadable for a result without a name.
    """
    if not _is_laboratory(resource):
        return []
    value = _value_of(resource)
    if value is None and not as_dict(resource.get("dataAbsentReason")):
        return []
    name = concept_text(resource.get("code"))
    if name is None:
        raise Unreadable(_UNNAMED)
    if name.endswith("?"):
        # Some systems file questionnaires' answers under laboratory: a question is no test.
        return []
    system, code = _lab_code(resource.get("code"))
    row = {
        "at": start_of(resource, "effectiveDateTime", "effectivePeriod", "effectiveInstant",
                       "issued"),
        "reported_at": start_of(resource, "issued", "effectiveDateTime", "effectivePeriod"),
        "name": name, "code_system": system, "code": code,
        "status": as_text(resource.get("status")) or "unknown",
        "encounter_id": context.id_of(resource.get("encounter")),
        "performer": context.first_name(resource.get("performer")),
        **_measured(resource, value),
    }  # fmt: skip
    return [Extracted("lab_result", row)]


def report(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A report's own text becomes a note; its results are linked by ``results_listed``."""
    return notes_of_report(resource, context)


def results_listed(resource: dict[str, Any]) -> list[Any]:
    """The references to results that a laboratory report lists."""
    return as_list(resource.get("result"))


def _is_laboratory(resource: dict[str, Any]) -> bool:
    categories = codes_of(resource.get("category"))
    if categories:
        return not categories.isdisjoint(LAB_CATEGORIES)
    # Without a category: a LOINC code and a specimen or a range are a laboratory's.
    system, _code = _lab_code(resource.get("code"))
    return system == LOINC and ("specimen" in resource or "referenceRange" in resource)


def _lab_code(concept: Any) -> tuple[str | None, str | None]:
    for coding in as_list(as_dict(concept).get("coding")):
        if isinstance(coding, dict) and coding.get("system") == LOINC and coding.get("code"):
            return LOINC, as_text(coding["code"])
    return coding_of(concept)


def _measured(resource: dict[str, Any], value: str | None) -> dict[str, Any]:
    quantity = as_dict(resource.get("valueQuantity"))
    amount = number(quantity.get("value"))
    amount = number(resource.get("valueInteger")) if amount is None else amount
    comparator = as_text(quantity.get("comparator"))
    low, high, printed = _range(resource)
    said = coding_of(resource.get("interpretation"))[1]
    plain = None if comparator else amount
    return {
        "value": value,
        "value_number": plain,
        "shown": value if amount is None else f"{comparator or ''}{shown(amount)}",
        "unit": unit_of(quantity),
        "range_low": low, "range_high": high, "range_text": printed,
        "interpretation": concept_text(resource.get("interpretation")),
        "flag": flag_of(interpretation=said, value=plain, low=low, high=high),
    }  # fmt: skip


def _range(resource: dict[str, Any]) -> tuple[Decimal | None, Decimal | None, str | None]:
    for found in as_list(resource.get("referenceRange")):
        found = as_dict(found)
        if codes_of(found.get("type")) - {"normal"}:
            continue
        low = number(as_dict(found.get("low")).get("value"))
        high = number(as_dict(found.get("high")).get("value"))
        printed = as_text(found.get("text")) or _printed_range(low, high)
        if low is not None or high is not None or printed:
            return low, high, printed
    return None, None, None


def _printed_range(low: Decimal | None, high: Decimal | None) -> str | None:
    if low is not None and high is not None:
        return f"{digits(low)} to {digits(high)}"
    if low is not None:
        return f"{digits(low)} or more"
    return f"{digits(high)} or less" if high is not None else None


def _value_of(resource: dict[str, Any]) -> str | None:
    """The value in words, exactly as written; None where the observation has none."""
    for member, value in resource.items():
        if not member.startswith("value") or member.startswith("_"):
            continue
        if member == "valueQuantity":
            amount, sign = number(as_dict(value).get("value")), as_dict(value).get("comparator")
            return None if amount is None else f"{as_text(sign) or ''}{digits(amount)}"
        return _other_value(member, value)
    return _components(resource)


def _other_value(member: str, value: Any) -> str | None:
    if member == "valueCodeableConcept":
        return concept_text(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    ends = as_dict(value)
    if member == "valueRatio":
        parts = (quantity_text(ends.get(end)) for end in ("numerator", "denominator"))
        return _joined(":", *parts)
    if member == "valueRange":
        return _joined(" to ", quantity_text(ends.get("low")), quantity_text(ends.get("high")))
    if member == "valuePeriod":
        return _joined(" to ", as_text(ends.get("start")), as_text(ends.get("end")))
    if isinstance(value, str):
        return as_text(value)
    amount = number(value)
    return digits(amount) if amount is not None else None


def _joined(between: str, *parts: str | None) -> str | None:
    return between.join(part for part in parts if part) or None


def _components(resource: dict[str, Any]) -> str | None:
    said = []
    for component in as_list(resource.get("component")):
        component = as_dict(component)
        name, value = concept_text(component.get("code")), _value_of(component)
        if "valueQuantity" in component:
            value = quantity_text(component["valueQuantity"])
        if name and value:
            said.append(f"{name}: {value}")
    return "; ".join(said) or None
