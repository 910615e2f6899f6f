"""When a provider is free: weekly hours, less closures, less what is taken.

Pure functions over plain data. Spans are half-open, ``[start, end)``, in UTC; only weekly hours
and closures speak in the local time of their location.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from portico_contracts.scheduling import FreeTime

Span = tuple[datetime, datetime]

NEAREST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyHours:
    """One block of a provider's week; ``weekday`` 0 is Monday, ``last_day`` is included.

    An extra day is a block whose first and last day are the same.
    """

    provider_id: UUID
    location_id: UUID
    zone: str
    weekday: int
    opens: time
    closes: time
    step_minutes: int
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which a provider, a location, or (both None) the practice sees nobody.

    The last day is included; with both times it closes only that part of each day.
    """

    first_day: date
    last_day: date
    provider_id: UUID | None = None
    location_id: UUID | None = None
    from_time: time | None = None
    to_time: time | None = None

    def on(self, hours: WeeklyHours, day: date) -> Span | None:
        """When this closes a block of hours on a local day; None where it does not."""
        concerned = self.provider_id in (None, hours.provider_id)
        concerned = concerned and self.location_id in (None, hours.location_id)
        if not concerned or not self.first_day <= day <= self.last_day:
            return None
        start, end = self.from_time or hours.opens, self.to_time or hours.closes
        return to_utc(day, start, hours.zone), to_utc(day, end, hours.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A block of hours on one local day, and the spans in it that closures take out."""

    provider_id: UUID
    location_id: UUID
    zone: str
    day: date
    starts_at: datetime
    ends_at: datetime
    step: timedelta
    closed: tuple[Span, ...]

    def starts(self, length: timedelta) -> Iterator[datetime]:
        """Every step at which a visit of this length can begin and end inside the hours."""
        start = self.starts_at
        while start + length <= self.ends_at:
            if not any(overlap((start, start + length), span) for span in self.closed):
                yield start
            start += self.step


class Slot(NamedTuple):
    """A time for a visit; ``day`` is the local day at the location."""

    provider_id: UUID
    location_id: UUID
    zone: str
    day: date
    starts_at: datetime
    ends_at: datetime


def to_utc(day: date, at: time, zone: str) -> datetime:
    """A local wall-clock time as UTC.

    A time that the spring change skips is read with the old offset and so moves later by the
    gap; one that the autumn change repeats is its first occurrence (PEP 495, fold 0).
    """
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share any moment; to touch is not to overlap."""
    return one[0] < other[1] and other[0] < one[1]


def openings(
    hours: Iterable[WeeklyHours], closures: Sequence[Closure], days: Sequence[date]
) -> list[Opening]:
    """The blocks that the week's hours make on these local days, in order of time."""
    made = [_opening(h, closures, day) for h in hours for day in days if _applies(h, day)]
    return sorted(made, key=lambda o: (o.starts_at, o.provider_id))


def _applies(hours: WeeklyHours, day: date) -> bool:
    begun = hours.first_day <= day and hours.weekday == day.weekday()
    return begun and (hours.last_day is None or day <= hours.last_day)


def _opening(hours: WeeklyHours, closures: Sequence[Closure], day: date) -> Opening:
    closed = (c.on(hours, day) for c in closures)
    return Opening(
        provider_id=hours.provider_id,
        location_id=hours.location_id,
        zone=hours.zone,
        day=day,
        starts_at=to_utc(day, hours.opens, hours.zone),
        ends_at=to_utc(day, hours.closes, hours.zone),
        step=timedelta(minutes=hours.step_minutes),
        closed=tuple(span for span in closed if span),
    )


class Busy:
    """The spans in which a provider cannot be booked; asks are logarithmic in their number."""

    def __init__(self, spans: Iterable[Span]) -> None:
        merged: list[Span] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        self._spans = merged
        self._ends = [end for _, end in merged]

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether any moment of ``[start, end)`` is taken."""
        first = bisect_right(self._ends, start)
        return first < len(self._spans) and self._spans[first][0] < end


def busy_of(taken: Iterable[tuple[UUID, Span]]) -> Mapping[UUID, Busy]:
    """Each provider's busy spans, out of the spans that visits and holds take."""
    spans: defaultdict[UUID, list[Span]] = defaultdict(list)
    for provider_id, span in taken:
        spans[provider_id].append(span)
    return {provider_id: Busy(found) for provider_id, found in spans.items()}


def free_slots(
    blocks: Iterable[Opening],
    busy: Mapping[UUID, Busy],
    *,
    length: timedelta,
    occupied: timedelta,
    bookable: Span,
) -> list[Slot]:
    """Every time for a visit of this length, in order of time.

    ``occupied`` is what the provider needs for it (the visit and its buffer); ``bookable`` the
    first and the last moment, both included, at which it may start.
    """
    earliest, latest = bookable
    free_all_day = Busy(())
    found = [
        slot_at(block, start, length)
        for block in blocks
        for start in block.starts(length)
        if earliest <= start <= latest
        and not busy.get(block.provider_id, free_all_day).overlaps(start, start + occupied)
    ]
    return sorted(found, key=lambda s: (s.starts_at, s.provider_id))


def slot_at(block: Opening, start: datetime, length: timedelta) -> Slot:
    """The slot that starts in a block at this moment."""
    return Slot(
        provider_id=block.provider_id,
        location_id=block.location_id,
        zone=block.zone,
        day=block.day,
        starts_at=start,
        ends_at=start + length,
    )


def slot_on_grid(blocks: Iterable[Opening], start: datetime, length: timedelta) -> Slot | None:
    """The slot that starts at this moment if the hours have one, taken or not."""
    fitting = (b for b in blocks if start in b.starts(length))
    return next((slot_at(b, start, length) for b in fitting), None)


def nearest(slots: Iterable[Slot], moment: datetime) -> list[Slot]:
    """The few slots closest to a moment, in order of time."""
    closest = sorted(slots, key=lambda s: abs(s.starts_at - moment))[:NEAREST]
    return sorted(closest, key=lambda s: s.starts_at)


def soonest(slots: Iterable[Slot]) -> list[Slot]:
    """The first slot of each provider; ``slots`` come in order of time and so does the answer."""
    first: dict[UUID, Slot] = {}
    for slot in slots:
        first.setdefault(slot.provider_id, slot)
    return list(first.values())


def as_offer(slot: Slot) -> FreeTime:
    """A slot as callers are told of it."""
    return {
        "provider_id": slot.provider_id,
        "location_id": slot.location_id,
        "zone": slot.zone,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
    }
