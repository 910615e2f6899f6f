"""Dates, times and amounts as people read them, in their language and where they are."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

LOCALES = {"en": "en_US", "es": "es_US"}
DAY_THIS_YEAR = {"en_US": "EEEE, MMMM d", "es_US": "EEEE d 'de' MMMM"}
DAY_ANOTHER_YEAR = {"en_US": "EEEE, MMMM d, y", "es_US": "EEEE d 'de' MMMM 'de' y"}


def locale_of(language: str) -> str:
    """The Babel locale of a language; English where it is not ours."""
    return LOCALES.get(language[:2], "en_US")


def day_words(day: date, *, language: str, today: date) -> str:
    """Such as "Tuesday, December 1"; with the year where it is not this one."""
    locale = locale_of(language)
    patterns = DAY_THIS_YEAR if day.year == today.year else DAY_ANOTHER_YEAR
    return format_date(day, patterns[locale], locale=locale)


def day_of(moment: datetime, *, zone: str, language: str, now: datetime) -> str:
    """The day of a moment, as people in ``zone`` name it."""
    place = ZoneInfo(zone)
    return day_words(
        moment.astimezone(place).date(), language=language, today=now.astimezone(place).date()
    )


def time_of(moment: datetime, *, zone: str, language: str, reader_zone: str | None = None) -> str:
    """Such as "9:30 AM"; names the zone where the reader lives in another one."""
    place, locale = ZoneInfo(zone), locale_of(language)
    there = moment.astimezone(place)
    said = format_time(there, "short", tzinfo=place, locale=locale).replace("\u202f", " ")
    if reader_zone is None or _offset(there, ZoneInfo(reader_zone)) == there.utcoffset():
        return said
    return f"{said} ({format_time(there, 'z', tzinfo=place, locale=locale)})"


def _offset(moment: datetime, zone: ZoneInfo) -> object:
    return moment.astimezone(zone).utcoffset()


def amount_of(cents: int, *, currency: str, language: str) -> str:
    """Such as "$40.00"."""
    return format_currency(Decimal(cents) / 100, currency.upper(), locale=locale_of(language))
