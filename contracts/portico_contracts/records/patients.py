"""Who the patients are: one, a search, and cards for a staff list."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from ..rpc import between, request, text


class PatientFound(TypedDict):
    patient_id: UUID
    name: str
    given: str
    family: str
    birth_date: date | None
    sex: str | None
    language: str | None
    deceased: bool


class PatientShown(PatientFound):
    """``age`` in whole years today (at death for the deceased); None without a birth date."""

    age: int | None
    email: str | None
    mobile: str | None
    phone: str | None
    address: str | None
    # None for those who do not care for patients: not told is not the same as none.
    allergies: list[str] | None
    source: str
    registered_at: datetime


@request("records", reply=PatientShown, category="record")
class ShowPatient:
    """Who the patient is and how to reach them; for staff also before an invitation."""

    patient_id: UUID | None = None


class PatientsFound(TypedDict):
    items: list[PatientFound]
    next: str | None


@request("records", reply=PatientsFound, category="record")
class SearchPatients:
    """Staff look for a patient by beginning of names, birth date (any usual form) or id."""

    q: str = text(longest=120, shortest=1)
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)


class PatientCard(TypedDict):
    """The line that stands beside a name in a queue."""

    patient_id: UUID
    name: str
    age: int | None
    sex: str | None
    language: str | None
    allergies: str | None


class PatientCardList(TypedDict):
    items: list[PatientCard]


@request("records", reply=PatientCardList, category="record")
class PatientCards:
    """Cards of up to 100 patients for a staff list; unknown ids are left out."""

    ids: tuple[UUID, ...]
