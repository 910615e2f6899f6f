"""What scheduling answers with. Times are UTC: show them in the ``zone`` beside them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from .kinds import Mode, State, Who


class Location(TypedDict):
    """A place of the practice; ``zone`` is an IANA name such as America/New_York."""

    location_id: UUID
    name: str
    address: str
    phone: str
    zone: str


class Provider(TypedDict):
    """A person whom visits are booked with, and the kinds of visit that they offer."""

    provider_id: UUID
    staff_account_id: UUID | None
    name: str
    title: str
    location_id: UUID
    visit_type_ids: list[UUID]


class VisitType(TypedDict):
    """A kind of visit. ``online`` says that patients may book it themselves."""

    visit_type_id: UUID
    code: str
    name_en: str
    name_es: str
    minutes: int
    modes: list[Mode]
    online: bool
    notice_hours: int
    horizon_days: int
    reason_needed: bool


class Choices(TypedDict):
    """All that a booking page needs to offer; patients see only what they may book."""

    visit_types: list[VisitType]
    providers: list[Provider]
    locations: list[Location]


class FreeTime(TypedDict):
    """A time that can be booked now."""

    provider_id: UUID
    location_id: UUID
    zone: str
    starts_at: datetime
    ends_at: datetime


class FreeDay(TypedDict):
    """A calendar day at the location, with its free times in order (none: an empty list)."""

    day: date
    times: list[FreeTime]


class FreeDays(TypedDict):
    """Every asked day, and the soonest time of each provider within them, soonest first."""

    days: list[FreeDay]
    soonest: list[FreeTime]


class Hold(TypedDict):
    """A time kept for one patient until ``until``."""

    hold_id: UUID
    until: datetime


class VisitRow(TypedDict):
    """A visit as a list shows it. ``can_cancel`` is about whoever asks, at this moment."""

    appointment_id: UUID
    patient_id: UUID
    state: State
    mode: Mode
    visit_type_id: UUID
    visit_code: str
    visit_name_en: str
    visit_name_es: str
    provider_id: UUID
    provider_name: str
    provider_title: str
    location_id: UUID
    location_name: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    can_cancel: bool


class Visit(VisitRow):
    """A visit with everything that its own page shows."""

    location_address: str
    location_phone: str
    reason: str
    booked_by: Who
    booked_at: datetime
    cancel_until: datetime
    cancelled_by: Who | None
    cancelled_at: datetime | None
    cancel_reason: str


class Visits(TypedDict):
    """A page of visits; ``next`` is the cursor of the following page."""

    items: list[VisitRow]
    next: str | None


class HomeCard(TypedDict):
    """The next coming visit, if there is one."""

    next: VisitRow | None


class DayRow(VisitRow):
    """A visit on the day list; the name is empty until identity has told us of the patient."""

    patient_name: str


class Day(TypedDict):
    """One day of the practice, in order of time, then provider."""

    day: date
    items: list[DayRow]


class CalendarFile(TypedDict):
    """An iCalendar file (RFC 5545) of one visit."""

    filename: str
    text: str
