"""A visit as an iCalendar file (RFC 5545), for the calendar of whoever gets the mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

CONFIRMED, CANCELLED = "CONFIRMED", "CANCELLED"
# How far the rules of the zone are written out: visits are booked for a year at most.
TWO_YEARS = timedelta(days=730)


def calendar_file(
    visit: dict[str, Any], *, title: str, place: str, link: str, status: str, now: datetime
) -> bytes:
    """One event in the zone of the place of the visit; its UID is the one that the portal gives.

    A later file with the same UID and a higher ``revision`` replaces this one (RFC 5546), so
    that a cancelled visit leaves the calendar again. The title never says what the visit is for.
    """
    zone = ZoneInfo(visit["zone"])
    entry = Event()
    entry.add("uid", f"{visit['subject_id']}@portico")
    entry.add("sequence", visit["revision"])
    entry.add("dtstamp", now)
    entry.add("dtstart", datetime.fromisoformat(visit["starts_at"]).astimezone(zone))
    entry.add("dtend", datetime.fromisoformat(visit["ends_at"]).astimezone(zone))
    entry.add("summary", title)
    entry.add("location", place)
    entry.add("url", link)
    entry.add("status", status)
    entry.add("class", "PRIVATE")
    book = Calendar()
    book.add("prodid", "-//Portico//Visits//EN")
    book.add("version", "2.0")
    book.add("method", "CANCEL" if status == CANCELLED else "PUBLISH")
    book.add_component(entry)
    book.add_missing_timezones(first_date=now.date(), last_date=(now + TWO_YEARS).date())
    made: bytes = book.to_ical()
    return made
