"""What stays with a person: vaccinations, conditions, allergies."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text


class Immunization(TypedDict):
    immunization_id: UUID
    name: str
    code: str | None
    status: str
    given_at: datetime
    lot: str | None
    site: str | None
    dose_number: str | None
    performer: str | None
    source: str


class Immunizations(TypedDict):
    items: list[Immunization]
    next: str | None


@request("records", reply=Immunizations, category="record")
class ListImmunizations:
    """The patient's vaccinations."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


class Condition(TypedDict):
    condition_id: UUID
    name: str
    code_system: str | None
    code: str | None
    clinical_status: str | None
    verification_status: str | None
    category: str | None
    noted_at: datetime
    ended_at: datetime | None
    source: str


class Conditions(TypedDict):
    items: list[Condition]
    next: str | None


@request("records", reply=Conditions, category="record")
class ListConditions:
    """The patient's conditions: present, past, or both."""

    show: Literal["now", "past", "all"] = "all"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


class Allergy(TypedDict):
    allergy_id: UUID
    name: str
    code: str | None
    category: str | None
    criticality: str | None
    clinical_status: str | None
    reactions: list[str]
    severity: str | None
    noted_at: datetime
    source: str


class Allergies(TypedDict):
    items: list[Allergy]
    next: str | None


@request("records", reply=Allergies, category="record")
class ListAllergies:
    """What the patient does not tolerate."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None
