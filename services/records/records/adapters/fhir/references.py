"""References: every way in which one resource names another, brought to one form.

In use: ``urn:uuid:…`` (within the bundle), ``Type/id``, absolute addresses, ``…/_history/n``,
conditional ``Type?identifier=system|value``, logical (identifier only), and ``#id`` (contained).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from .identity import LONGEST_KEY, identifiers_of
from .vocabulary import REFERRED_TYPES, RESOURCE_TYPES

_IN_CANONICAL = re.compile(rb'"reference":"((?:[^"\\]|\\.)+)"')


def normal_form(reference: str) -> str:
    """The reference as our maps know it."""
    if reference.startswith(("urn:", "#")):
        return reference
    address, asks, condition = reference.partition("?")
    if asks:
        return f"{address.rsplit('/', 1)[-1]}?{unquote(condition)}"
    parts = reference.split("/")
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    if len(parts) >= 2 and parts[-2] in RESOURCE_TYPES:
        return f"{parts[-2]}/{parts[-1]}"
    return reference


def reference_of(value: Any, *, expected: str | None = None) -> str | None:
    """The normal form of a Reference element; a logical one becomes a conditional one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return None
    written = value.get("reference")
    if isinstance(written, str) and written:
        return normal_form(written)
    kind = value.get("type") or expected
    for system, number in identifiers_of({"identifier": value.get("identifier")}):
        return f"{kind}?identifier={system}|{number}" if kind else None
    return None


def references_in(canonical: bytes) -> set[str]:
    """All references of a resource in its canonical bytes, those to contained ones left out."""
    found = {m.decode() for m in _IN_CANONICAL.findall(canonical)}
    named = {normal_form(r) for r in found if not r.startswith("#")}
    return {r for r in named if len(r) <= LONGEST_KEY}


def names_of(resource: dict[str, Any], *, full_url: str | None) -> list[str]:
    """Every reference by which others may point to this resource."""
    kind, names = resource["resourceType"], []
    if full_url:
        names.append(normal_form(full_url))
    if isinstance(resource.get("id"), str) and resource["id"]:
        names.append(f"{kind}/{resource['id']}")
    if kind in REFERRED_TYPES:
        # Elsewhere identifiers repeat (one claim-group number on every claim): they name nothing.
        names += [f"{kind}?identifier={s}|{v}" for s, v in identifiers_of(resource)]
    return [name for name in names if len(name) <= LONGEST_KEY]


def patient_reference_of(resource: dict[str, Any]) -> str | None:
    """The reference to the patient whom this resource is about; None where there is none."""
    for member in ("subject", "patient", "beneficiary", "individual"):
        found = reference_of(resource.get(member), expected="Patient")
        if found is None or len(found) > LONGEST_KEY:
            continue
        if found.startswith(("Patient/", "Patient?", "urn:")):
            return found
    return None
