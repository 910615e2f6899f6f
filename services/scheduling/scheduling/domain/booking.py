"""Who may book what, and who may call it off.

Each ``check_…`` returns nothing or raises the refusal that says why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from portico_contracts.refusal import BadRequest
from portico_contracts.scheduling import (
    AlreadyCancelled,
    Mode,
    NotBookableOnline,
    NotOffered,
    ReasonNeeded,
    State,
    TooFarAhead,
    TooLateToCancel,
    TooManyVisits,
    TooSoon,
    VisitsOverlap,
    Who,
)

from .free_times import Span, overlap

HOLD = timedelta(minutes=10)
CUT_OFF = timedelta(hours=24)
MOST_COMING = 6
STAFF_HORIZON = timedelta(days=730)
OTHER_ERAS = timedelta(days=365 * 20)
DAYS_TO_OFFER = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitType:
    """What the practice has settled about one kind of visit."""

    visit_type_id: UUID
    code: str
    minutes: int
    buffer_minutes: int
    modes: tuple[Mode, ...]
    online: bool
    notice_hours: int
    horizon_days: int
    reason_needed: bool

    @property
    def length(self) -> timedelta:
        """What the patient is told."""
        return timedelta(minutes=self.minutes)

    @property
    def occupied(self) -> timedelta:
        """What the provider needs: the visit and the time to write it up."""
        return timedelta(minutes=self.minutes + self.buffer_minutes)

    def bookable(self, *, by: Who, now: datetime) -> Span:
        """The first and the last moment at which a visit booked now may start."""
        if by == "staff":
            return now, now + STAFF_HORIZON
        earliest = now + timedelta(hours=self.notice_hours)
        return earliest, now + timedelta(days=self.horizon_days)


def side(actor_kind: str) -> Who:
    """On which side of the desk somebody is."""
    return "patient" if actor_kind == "patient" else "staff"


def check_kind(visit_type: VisitType, *, offered: bool, by: Who) -> None:
    """Raise NotBookableOnline or NotOffered; ``offered`` is about the provider asked for."""
    if by == "patient" and not visit_type.online:
        raise NotBookableOnline
    if not offered:
        raise NotOffered


def check_mode(visit_type: VisitType, mode: Mode) -> None:
    """Raise NotOffered where this kind of visit does not happen in this way."""
    if mode not in visit_type.modes:
        raise NotOffered


def check_reason(visit_type: VisitType, reason: str, *, by: Who) -> None:
    """Raise ReasonNeeded. Staff may leave it out: they have heard it."""
    if by == "patient" and visit_type.reason_needed and not reason.strip():
        raise ReasonNeeded


def check_moment(visit_type: VisitType, starts_at: datetime, *, by: Who, now: datetime) -> None:
    """Raise TooSoon or TooFarAhead."""
    earliest, latest = visit_type.bookable(by=by, now=now)
    if starts_at < earliest:
        raise TooSoon(earliest=earliest.isoformat())
    if starts_at > latest:
        raise TooFarAhead(latest=latest.isoformat())


def check_own_visits(coming: Sequence[tuple[UUID, Span]], span: Span, *, by: Who) -> None:
    """Raise VisitsOverlap or TooManyVisits, given the patient's own coming visits."""
    for appointment_id, other in coming:
        if overlap(span, other):
            raise VisitsOverlap(appointment_id=str(appointment_id))
    if by == "patient" and len(coming) >= MOST_COMING:
        raise TooManyVisits(most=MOST_COMING)


def cancel_until(starts_at: datetime, *, by: Who) -> datetime:
    """The moment from which a visit can no longer be called off."""
    return starts_at if by == "staff" else starts_at - CUT_OFF


def can_cancel(state: State, starts_at: datetime, *, by: Who, now: datetime) -> bool:
    """Whether this caller may call the visit off now."""
    return state == "booked" and now < cancel_until(starts_at, by=by)


def check_cancel(state: State, starts_at: datetime, *, by: Who, now: datetime) -> None:
    """Raise AlreadyCancelled or TooLateToCancel."""
    if state == "cancelled":
        raise AlreadyCancelled
    until = cancel_until(starts_at, by=by)
    if now >= until:
        raise TooLateToCancel(until=until.isoformat())


def check_day(name: str, day: date, *, now: datetime) -> None:
    """Raise BadRequest, naming the field, for a day that no calendar here will ever show."""
    if abs(day - now.date()) > OTHER_ERAS:
        raise BadRequest(fields={name: ["Too far from today."]})
