"""What scheduling announces: all that a message or a calendar file about a visit needs, so that
nobody asks back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..event import event
from ..fields import Plain
from .kinds import Mode, ReminderKind, Who


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


@event("scheduling", aggregate="appointment_id", heard_by=("notifications",))
class VisitReminderDue:
    """It is time to remind a patient of a visit; ``worth_until`` the next reminder or the visit.

    Announced once a reminder, of the visit as it stands in this ``revision``.
    """

    reminder_id: Plain[UUID]
    appointment_id: Plain[UUID]
    patient_id: Plain[UUID]
    kind: Plain[ReminderKind]
    mode: Plain[Mode]
    starts_at: Plain[datetime]
    ends_at: Plain[datetime]
    zone: Plain[str]
    location_name: Plain[str]
    location_address: Plain[str]
    revision: Plain[int]
    worth_until: Plain[datetime]


@event("scheduling", aggregate="appointment_id", heard_by=("messaging",))
class VisitLostProvider:
    """Whom a coming visit is booked with has left the practice: somebody must see to it.

    The visit stands until staff book another one or call it off. Heard by messaging, which puts it
    before the front desk.
    """

    appointment_id: Plain[UUID]
    patient_id: Plain[UUID]
    provider_id: Plain[UUID]
    starts_at: Plain[datetime]
