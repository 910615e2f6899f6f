"""Medicines: those taken now and those of the past."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text


class Medication(TypedDict):
    """``days_left`` is None where dispensing data do not allow to say."""

    medication_id: UUID
    name: str
    code: str | None
    status: str
    taking: Literal["now", "past"]
    dose: str | None
    reason: str | None
    prescriber: str | None
    prescribed_at: datetime
    ended_at: datetime | None
    days_left: int | None
    refills_left: int | None
    source: str


class Medications(TypedDict):
    items: list[Medication]
    next: str | None


@request("records", reply=Medications, category="medicines")
class ListMedications:
    """The patient's medicines: those taken now, those of the past, or both."""

    taking: Literal["now", "past", "all"] = "all"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


@request("records", reply=Medication, category="medicines")
class ShowMedication:
    """One medicine. Refusal: NotFound."""

    medication_id: UUID
    patient_id: UUID | None = None
