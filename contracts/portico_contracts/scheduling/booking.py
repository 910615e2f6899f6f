"""The way to a visit: what can be chosen, free times, holds, and the booking itself."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ..rpc import between, request, text
from .kinds import LONGEST_REASON, Mode
from .replies import Choices, FreeDays, Hold, Visit


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
