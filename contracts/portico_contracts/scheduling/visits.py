"""Visits that were booked: lists, one, its calendar file, calling it off, the day list."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from ..rpc import between, request, text
from .kinds import LONGEST_REASON
from .replies import CalendarFile, Day, HomeCard, Visit, Visits


@request("scheduling", reply=Visits, category="visits")
class ListVisits:
    """The patient's visits: coming (soonest first) or past and cancelled (latest first)."""

    when: Literal["coming", "past"] = "coming"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 100, default=20)
    patient_id: UUID | None = None


@request("scheduling", reply=Visit, category="visits")
class ShowVisit:
    """One visit of the patient. Refuses NotFound."""

    appointment_id: UUID
    patient_id: UUID | None = None


@request("scheduling", reply=CalendarFile, category="visits")
class ShowVisitCalendar:
    """One visit as a file for the patient's own calendar. Refuses NotFound."""

    appointment_id: UUID
    language: Literal["en", "es"] = "en"
    patient_id: UUID | None = None


@request("scheduling", reply=Visit, category="visits", action="write")
class CancelAppointment:
    """Call a visit off. Patients may until 24 hours before; staff until it begins.

    Refuses NotFound, AlreadyCancelled, TooLateToCancel.
    """

    appointment_id: UUID
    reason: str = text(longest=LONGEST_REASON, default="")
    patient_id: UUID | None = None


@request("scheduling", reply=HomeCard, category="visits")
class HomeVisits:
    """What the patient's home page says about visits."""

    patient_id: UUID | None = None


@request("scheduling", reply=Day, category="visits")
class DayList:
    """Everyone who comes on a calendar day at the location; for staff."""

    day: date
    provider_id: UUID | None = None
    location_id: UUID | None = None
