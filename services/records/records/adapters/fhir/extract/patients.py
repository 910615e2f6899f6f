"""Patients, practitioners and organizations."""

from __future__ import annotations

from typing import Any

from ..datatypes import (
    Unreadable,
    address_line,
    as_dict,
    as_list,
    as_text,
    coding_of,
    concept_text,
    day,
    human_name,
    instant,
    telecom,
)
from ..identity import identifiers_of
from ..vocabulary import NPI
from .context import Context, Extracted, own_name

_BEST_FIRST = ("official", "usual", None, "nickname", "temp", "anonymous", "maiden", "old")


def patient(resource: dict[str, Any], _context: Context) -> list[Extracted]:
    """The person behind the record. Raises Unreadable for one without any name."""
    names = [n for n in as_list(resource.get("name")) if isinstance(n, dict)]
    best = min(names, key=_rank, default={})
    spoken = human_name(best)
    if spoken is None:
        raise Unreadable("a patient without a name")
    died = instant(resource.get("deceasedDateTime"), "deceasedDateTime")
    given = " ".join(g for g in as_list(best.get("given")) if isinstance(g, str))
    row = {
        "name": spoken,
        "given": given or spoken.split(" ")[0],
        "family": as_text(best.get("family")) or spoken.split(" ")[-1],
        "names": [{"use": as_text(n.get("use")), "name": human_name(n)} for n in names],
        "birth_date": day(resource.get("birthDate"), "birthDate"),
        "sex": as_text(resource.get("gender")),
        "language": _language(resource),
        "email": telecom(resource, "email"),
        "mobile": telecom(resource, "phone", "mobile"),
        "phone": telecom(resource, "phone"),
        "address": address_line(resource),
        "identifiers": [{"system": s, "value": v} for s, v in identifiers_of(resource)],
        "deceased": died is not None or resource.get("deceasedBoolean") is True,
        "deceased_at": died,
    }
    return [Extracted("patient", row)]


def practitioner(resource: dict[str, Any], _context: Context) -> list[Extracted]:
    """Somebody who cares for patients."""
    return _provider(resource, own_name(resource), None)


def organization(resource: dict[str, Any], _context: Context) -> list[Extracted]:
    """A place or institution of care, also payers."""
    return _provider(resource, own_name(resource), concept_text(resource.get("type")))


def _provider(resource: dict[str, Any], name: str | None, sort: str | None) -> list[Extracted]:
    if name is None:
        return []
    npi = next((v for s, v in identifiers_of(resource) if s == NPI), None)
    row = {
        "kind": resource["resourceType"].lower(),
        "name": name,
        "npi": npi,
        "sort": sort,
        "phone": telecom(resource, "phone"),
        "address": address_line(resource),
    }
    return [Extracted("provider", row)]


def _rank(name: dict[str, Any]) -> int:
    use = name.get("use")
    return _BEST_FIRST.index(use) if use in _BEST_FIRST else len(_BEST_FIRST)


def _language(resource: dict[str, Any]) -> str | None:
    spoken = [c for c in as_list(resource.get("communication")) if isinstance(c, dict)]
    best = next((c for c in spoken if c.get("preferred") is True), spoken[0] if spoken else None)
    language = as_dict(best).get("language")
    return coding_of(language)[1] or concept_text(language)
