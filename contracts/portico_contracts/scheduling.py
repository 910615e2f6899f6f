"""What scheduling answers, announces and refuses: free times, holds, visits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from .event import event
from .fields import Plain
from .refusal import Refusal
from .rpc import between, request, text

Mode = Literal["in_person", "video", "phone"]
State = Literal["held", "booked", "cancelled"]
Who = Literal["patient", "staff"]

LONGEST_REASON = 1000


# Replies: plain dicts. Times are UTC; show them in the ``zone`` that stands beside them.


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


# Requests.


@request("scheduling", reply=Choices)
class BookingChoices:
    """Which visit types, providers and locations the caller may choose from."""


@request("scheduling", reply=FreeDays)
class FreeTimes:
    """Free times on ``days`` calendar days from ``from_day``, with one provider or with anyone.

    A time that the patient holds counts as free for that patient. Refuses NotFound,
    NotBookableOnline.
    """

    visit_type_id: UUID
    from_day: date
    days: int = between(1, 31, default=7)
    provider_id: UUID | None = None
    patient_id: UUID | None = None


@request("scheduling", reply=Hold, category="visits", action="write")
class HoldSlot:
    """Keep a time for ten minutes; replaces the hold that the patient had before.

    Refuses as BookAppointment does.
    """

    visit_type_id: UUID
    provider_id: UUID
    starts_at: datetime
    patient_id: UUID | None = None


@request("scheduling", reply=Visit, category="visits", action="write")
class BookAppointment:
    """Book a time; the patient's own hold of it, if there is one, becomes the visit.

    Staff may book outside the grid, the notice and the horizon. Refuses NotFound,
    NotBookableOnline, NotOffered, OutsideHours, TooSoon, TooFarAhead, TooManyVisits,
    ReasonNeeded, VisitsOverlap, SlotTaken.
    """

    visit_type_id: UUID
    provider_id: UUID
    starts_at: datetime
    mode: Mode = "in_person"
    reason: str = text(longest=LONGEST_REASON, default="")
    patient_id: UUID | None = None


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


# Refusals.


class SlotTaken(Refusal):
    """Someone else has this time; facts: ``next``, a list of the nearest FreeTime."""

    status = 409


class VisitsOverlap(Refusal):
    """The patient has another visit at this time; facts: ``appointment_id``."""

    status = 409


class OutsideHours(Refusal):
    """The provider does not see patients at this time; facts: ``next`` as in SlotTaken."""


class TooSoon(Refusal):
    """This visit needs more notice; facts: ``earliest``."""


class TooFarAhead(Refusal):
    """This time cannot be booked yet; facts: ``latest``."""


class TooManyVisits(Refusal):
    """The patient has as many coming visits as can be booked online; facts: ``most``."""


class NotBookableOnline(Refusal):
    """Only staff can book this kind of visit; the patient is asked to call."""


class NotOffered(Refusal):
    """This provider does not offer this kind of visit, or not in this way."""


class ReasonNeeded(Refusal):
    """This kind of visit needs a reason in the patient's words."""


class TooLateToCancel(Refusal):
    """The visit is too near to be cancelled here; facts: ``until``."""


class AlreadyCancelled(Refusal):
    """The visit was cancelled before."""

    status = 409


# Events: all that a message or a calendar file about the visit needs, so that nobody asks back.


@event("scheduling", aggregate="appointment_id", heard_by=("notifications", "gateway"))
class AppointmentBooked:
    """A visit was booked.

    Calendar files about it carry the UID ``{appointment_id}@portico`` and ``revision`` as their
    SEQUENCE, which grows with every change.
    """

    appointment_id: Plain[UUID]
    patient_id: Plain[UUID]
    provider_id: Plain[UUID]
    provider_name: Plain[str]
    visit_type: Plain[str]
    mode: Plain[Mode]
    starts_at: Plain[datetime]
    ends_at: Plain[datetime]
    zone: Plain[str]
    location_id: Plain[UUID]
    location_name: Plain[str]
    location_address: Plain[str]
    booked_by: Plain[Who]
    revision: Plain[int]


@event("scheduling", aggregate="appointment_id", heard_by=("notifications", "gateway"))
class AppointmentCancelled:
    """A visit was called off before it began."""

    appointment_id: Plain[UUID]
    patient_id: Plain[UUID]
    provider_id: Plain[UUID]
    provider_name: Plain[str]
    visit_type: Plain[str]
    mode: Plain[Mode]
    starts_at: Plain[datetime]
    ends_at: Plain[datetime]
    zone: Plain[str]
    location_id: Plain[UUID]
    location_name: Plain[str]
    location_address: Plain[str]
    cancelled_by: Plain[Who]
    revision: Plain[int]
