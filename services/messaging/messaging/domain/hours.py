"""Working hours: when an answer is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class NeverOpen(ValueError):
    """The practice has no open hour within a year: no answer can be due."""


@dataclass(frozen=True, kw_only=True)
class PracticeHours:
    """When the practice works: openings by weekday (Monday first), in its own zone."""

    zone: ZoneInfo
    weekly: tuple[tuple[tuple[time, time], ...], ...]
    holidays: frozenset[date] = frozenset()

    def openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The open spans of one local day, in UTC (so that a span counts real hours)."""
        for opens, closes in () if day in self.holidays else self.weekly[day.weekday()]:
            start = datetime.combine(day, opens, tzinfo=self.zone).astimezone(UTC)
            end = datetime.combine(day, closes, tzinfo=self.zone).astimezone(UTC)
            if start < end:
                yield start, end

    def openings_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open spans from a moment on, the first one cut to it; a year ahead at most."""
        first = moment.astimezone(self.zone).date()
        for offset in range(-1, 367):
            for start, end in self.openings(first + timedelta(days=offset)):
                if end > moment:
                    yield max(start, moment), end


def read_hours(*, weekly: str, zone: str, holidays: str) -> PracticeHours:
    """Read settings such as ``mon-fri 08:00-17:00, sat 09:00-12:00`` and ``2026-12-25,…``.

    Raises ValueError for what cannot be read, and NeverOpen without any opening.
    """
    days: list[list[tuple[time, time]]] = [[] for _ in range(7)]
    for part in filter(None, (p.strip() for p in weekly.split(","))):
        names, span = part.lower().split()
        opens, closes = (time.fromisoformat(t) for t in span.split("-"))
        if opens >= closes:
            raise ValueError(f"{part} ends before it begins")
        for day in _weekdays(names):
            days[day].append((opens, closes))
    free = frozenset(date.fromisoformat(d.strip()) for d in holidays.split(",") if d.strip())
    sorted_days = tuple(tuple(sorted(d)) for d in days)
    if not any(sorted_days):
        raise NeverOpen(weekly)
    return PracticeHours(zone=ZoneInfo(zone), weekly=sorted_days, holidays=free)


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekdays(names: str) -> range:
    first, _, last = names.partition("-")
    days = range(_WEEK.index(first), _WEEK.index(last or first) + 1)
    if not days:
        raise ValueError(f"{names} ends before it begins")
    return days


def due_time(hours: PracticeHours, start: datetime, promise: timedelta) -> datetime:
    """The moment when ``promise`` of open time has passed since ``start`` (UTC)."""
    left = promise
    for opens, closes in hours.openings_from(start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise NeverOpen


def open_time(hours: PracticeHours, start: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments the practice is open."""
    total = timedelta()
    for opens, closes in hours.openings_from(start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def resumed_due(
    hours: PracticeHours, *, due_at: datetime, stopped_at: datetime, now: datetime
) -> datetime:
    """The due time of a clock that stood still for a while; late stays late."""
    if due_at <= stopped_at:
        return due_at
    return due_time(hours, now, open_time(hours, stopped_at, due_at))
