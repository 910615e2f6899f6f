"""What an extraction may ask about the world outside its resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from ..datatypes import as_dict, as_list, as_text, concept_text, human_name
from ..references import reference_of


class Extracted(NamedTuple):
    """A row for a reading table: its name, and columns without id, patient and source."""

    table: str
    row: dict[str, Any]


@dataclass(slots=True)
class Context:
    """Known ids and names: ``ids`` by normal form of reference, ``names`` by id.

    ``panels`` maps a result's id to the report (id, name) that lists it.
    """

    received_at: datetime
    ids: dict[str, UUID] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    panels: Mapping[UUID, tuple[UUID, str | None]] = field(default_factory=dict)

    def id_of(self, value: Any) -> UUID | None:
        """Our id of what a Reference element points to."""
        reference = reference_of(value)
        return self.ids.get(reference) if reference else None

    def name_of(self, value: Any, *, within: dict[str, Any] | None = None) -> str | None:
        """The name of what a Reference points to: its display, else what we know of it."""
        value = as_dict(value)
        shown = as_text(value.get("display"))
        if shown:
            return shown
        reference = reference_of(value)
        if reference and reference.startswith("#") and within is not None:
            return _name_of_contained(reference[1:], within)
        found = self.ids.get(reference) if reference else None
        return self.names.get(found) if found else None

    def first_name(self, values: Any, member: str | None = None) -> str | None:
        """The first name among several references (or among a member of several elements)."""
        for value in as_list(values):
            found = self.name_of(as_dict(value).get(member) if member else value)
            if found:
                return found
        return None


def own_name(resource: dict[str, Any]) -> str | None:
    """The name by which others show this resource."""
    kind = resource["resourceType"]
    if kind in ("Practitioner", "Patient", "RelatedPerson"):
        spoken = human_name(resource.get("name"))
        prefix = as_list(as_dict(resource.get("name")).get("prefix"))
        doctor = kind == "Practitioner" and prefix and as_text(prefix[0])
        return f"{doctor} {spoken}" if doctor and spoken else spoken
    if kind == "Medication":
        return concept_text(resource.get("code"))
    return as_text(resource.get("name"))


def _name_of_contained(fragment: str, resource: dict[str, Any]) -> str | None:
    for contained in as_list(resource.get("contained")):
        if isinstance(contained, dict) and contained.get("id") == fragment:
            return own_name(contained) if "resourceType" in contained else None
    return None
