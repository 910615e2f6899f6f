"""When a patient is reminded of a visit, and until when each reminder is of use.

Days are days of the calendar, so that a reminder "two days before" comes at the same time on the
clock on the wall as the visit, whatever the clocks did in between; hours are hours that pass.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portico_contracts.scheduling import ReminderKind

from .free_times import to_utc

DAYS_BEFORE: dict[ReminderKind, int] = {"seven_days": 7, "two_days": 2}
HOURS_BEFORE: dict[ReminderKind, int] = {"two_hours": 2}


class Reminder(NamedTuple):
    """One reminder: after ``worth_until`` it would come beside the next, or during the visit."""

    kind: ReminderKind
    due_at: datetime
    worth_until: datetime


def reminders_of(starts_at: datetime, *, zone: str, now: datetime) -> list[Reminder]:
    """The reminders of a visit that are still to come, in order of time."""
    moments = {kind: _days_before(starts_at, n, zone) for kind, n in DAYS_BEFORE.items()}
    moments |= {kind: starts_at - timedelta(hours=n) for kind, n in HOURS_BEFORE.items()}
    ends = [*list(moments.values())[1:], starts_at]
    planned = (Reminder(k, at, end) for (k, at), end in zip(moments.items(), ends, strict=True))
    return [reminder for reminder in planned if reminder.due_at > now]


def _days_before(moment: datetime, days: int, zone: str) -> datetime:
    local = moment.astimezone(ZoneInfo(zone))
    return to_utc(local.date() - timedelta(days=days), local.time(), zone)
