"""Days and times of the practice: local hours in, UTC out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """The moment of a local time at the practice, in UTC."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def is_workday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def workday_before(day: date) -> date:
    """The nearest workday earlier than `day`."""
    day -= timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


def workday_from(day: date) -> date:
    """`day` itself, or the next workday."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month; the 28th where that month is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


def age_on(day: date, *, born: date) -> int:
    """Full years between two dates."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
