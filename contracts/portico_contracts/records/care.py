"""What was done, and what is planned: procedures and care plans."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from ..rpc import between, request, text


class Procedure(TypedDict):
    procedure_id: UUID
    name: str
    code: str | None
    status: str
    performed_at: datetime
    reason: str | None
    performer: str | None
    source: str


class Procedures(TypedDict):
    items: list[Procedure]
    next: str | None


@request("records", reply=Procedures, category="record")
class ListProcedures:
    """What was done to the patient."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


class CarePlan(TypedDict):
    care_plan_id: UUID
    title: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    activities: list[str]
    source: str


class CarePlans(TypedDict):
    items: list[CarePlan]
    next: str | None


@request("records", reply=CarePlans, category="record")
class ListCarePlans:
    """The patient's care plans with their activities."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None
