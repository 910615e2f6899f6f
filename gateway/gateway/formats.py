"""Days, times, money, ages and phone numbers in the reader's language.

Everything takes the ISO strings that services answer with, and gives back plain text.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_name
from babel.numbers import format_currency, format_decimal

from gateway.i18n import N_, translate, translations

LOCALES = {"en": "en_US", "es": "es_US"}
PATTERNS = {
    "day": {"en": "EEEE, MMMM d", "es": "EEEE, d 'de' MMMM"},
    "day_year": {"en": "EEEE, MMMM d, y", "es": "EEEE, d 'de' MMMM 'de' y"},
    "short": {"en": "MMM d", "es": "d MMM"},
    "short_year": {"en": "MMM d, y", "es": "d MMM y"},
    "full": {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"},
    "day_short": {"en": "EEE, MMM d", "es": "EEE, d MMM"},
    "weekday": {"en": "EEEE", "es": "EEEE"},
    "weekday_short": {"en": "EEE", "es": "EEE"},
    "month_short": {"en": "MMM", "es": "MMM"},
    "month": {"en": "MMMM y", "es": "MMMM 'de' y"},
    "day_number": {"en": "d", "es": "d"},
    "time": {"en": "h:mm a", "es": "h:mm a"},
}


def as_date(value: str | date, *, zone: str) -> date:
    """The calendar day of an ISO date or of an ISO time as seen in a zone."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).date()
    if isinstance(value, date):
        return value
    if len(value) == 10:
        return date.fromisoformat(value)
    return as_time(value, zone=zone).date()


def as_time(value: str | datetime, *, zone: str) -> datetime:
    """An ISO time as seen in a zone; one without an offset is UTC."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone))


def pattern(name: str, value: str | date, *, lang: str, zone: str) -> str:
    """A day in one of the named patterns."""
    text = format_date(as_date(value, zone=zone), PATTERNS[name][lang], locale=LOCALES[lang])
    return text.replace(".", "") if lang == "es" and "MMM" in PATTERNS[name][lang] else text


def dated(name: str, value: str | date, *, lang: str, zone: str, today: date) -> str:
    """A day in a pattern, with the year only when it is not this year."""
    same_year = as_date(value, zone=zone).year == today.year
    return pattern(name if same_year else f"{name}_year", value, lang=lang, zone=zone)


def clock(value: str | datetime, *, lang: str, zone: str, home_zone: str | None = None) -> str:
    """A time as 9:30 AM; the zone is named only where it is not the reader's."""
    moment = as_time(value, zone=zone)
    # AM and PM in both languages, as clocks and phones in the United States show them.
    text = format_datetime(moment, PATTERNS["time"][lang], locale="en_US")
    if home_zone is None or moment.utcoffset() == as_time(value, zone=home_zone).utcoffset():
        return text
    return f"{text} {get_timezone_name(moment, width='short', locale='en_US')}"


def when(value: str, *, lang: str, zone: str, now: datetime) -> str:
    """How a list says when: 10:42 AM today, Friday this week, Nov 20 before that."""
    moment, here = as_time(value, zone=zone), now.astimezone(ZoneInfo(zone))
    days = (here.date() - moment.date()).days
    if days == 0:
        return clock(value, lang=lang, zone=zone)
    if 0 < days < 7:
        return first_upper(pattern("weekday", value, lang=lang, zone=zone))
    return dated("short", value, lang=lang, zone=zone, today=here.date())


def ago(value: str, *, lang: str, now: datetime) -> str:
    """How long ago in whole words: just now, 5 minutes ago, 2 hours ago, 3 days ago."""
    minutes = max(0, int((now - as_time(value, zone="UTC")).total_seconds() // 60))
    if minutes < 1:
        return translate(lang, N_("just now"))
    if minutes < 60:
        return _count(lang, "%(num)s minute ago", "%(num)s minutes ago", minutes)
    if minutes < 24 * 60:
        return _count(lang, "%(num)s hour ago", "%(num)s hours ago", minutes // 60)
    return _count(lang, "%(num)s day ago", "%(num)s days ago", minutes // (24 * 60))


def until(value: str, *, lang: str, zone: str, now: datetime) -> str:
    """How soon a day comes: Today, Tomorrow, In 8 days."""
    days = (as_date(value, zone=zone) - now.astimezone(ZoneInfo(zone)).date()).days
    if days <= 0:
        return translate(lang, N_("Today"))
    if days == 1:
        return translate(lang, N_("Tomorrow"))
    return _count(lang, "In %(num)s day", "In %(num)s days", days)


def time_left(value: str, *, lang: str, zone: str, now: datetime) -> dict[str, str]:
    """A work clock: its text and how pressing it is (late, soon or nothing)."""
    minutes = int((as_time(value, zone="UTC") - now).total_seconds() // 60)
    if minutes < 0:
        return {"tone": "late", "text": _late(-minutes, lang=lang)}
    tone = "soon" if minutes <= 60 else ""
    if minutes < 120:
        return {"tone": tone, "text": translate(lang, N_("%(num)s min left"), num=minutes)}
    if as_date(value, zone=zone) == now.astimezone(ZoneInfo(zone)).date():
        return {"tone": tone, "text": translate(lang, N_("%(num)s h left"), num=minutes // 60)}
    return {"tone": tone, "text": _by_day(value, lang=lang, zone=zone, now=now)}


def _late(minutes: int, *, lang: str) -> str:
    if minutes < 120:
        return translate(lang, N_("%(num)s min late"), num=minutes)
    if minutes < 48 * 60:
        return translate(lang, N_("%(num)s h late"), num=minutes // 60)
    return translate(lang, N_("%(num)s days late"), num=minutes // (24 * 60))


def _by_day(value: str, *, lang: str, zone: str, now: datetime) -> str:
    here = now.astimezone(ZoneInfo(zone)).date()
    if as_date(value, zone=zone) == here + timedelta(days=1):
        return translate(lang, N_("Tomorrow"))
    return dated("short", value, lang=lang, zone=zone, today=here)


def part_of_day(now: datetime, *, zone: str) -> str:
    """morning, afternoon or evening."""
    hour = now.astimezone(ZoneInfo(zone)).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def age(born: str | date, *, today: date) -> int:
    """Whole years."""
    day = born if isinstance(born, date) else date.fromisoformat(born[:10])
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def money(cents: int, currency: str = "USD", *, lang: str) -> str:
    """Integer cents as $24.00; the ledger writes currencies small (usd), ISO 4217 and CLDR big."""
    return format_currency(Decimal(cents) / 100, currency.upper(), locale=LOCALES[lang])


def number(value: float | Decimal | str, *, lang: str, places: int | None = None) -> str:
    """A measured value with the decimals it came with, or with a fixed number of them."""
    exact = Decimal(str(value))
    if places is None:
        places = max(0, -int(exact.normalize().as_tuple().exponent))
    pattern_ = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(exact, pattern_, locale=LOCALES[lang]))


def shown(text: str, *, lang: str) -> str:
    """A value as it came, with thousands set apart when it is a plain number."""
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text):
        return text
    exact = Decimal(text)
    return number(exact, lang=lang, places=max(0, -int(exact.as_tuple().exponent)))


def phone_text(value: str) -> str:
    """(555) 010-0142 for a North American number; others as written."""
    digits = "".join(c for c in value if c.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) != 10:
        return value
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def phone_address(value: str) -> str:
    """What follows ``tel:`` in a link."""
    digits = "".join(c for c in value if c.isdigit())
    if value.startswith("+"):
        return f"+{digits}"
    return f"+1{digits}" if len(digits) == 10 else digits


def first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def size(count: int) -> str:
    """A file's size: 12 KB, 1.2 MB."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} KB"
    return f"{count / 1_000_000:.1f} MB"


def _count(lang: str, one: str, many: str, count: int) -> str:
    return translations(lang).ngettext(one, many, count) % {"num": count}


def _plural_marks() -> None:  # pragma: no cover
    """Show the extractor the sentences that ``_count`` is given."""
    from gettext import ngettext

    ngettext("%(num)s minute ago", "%(num)s minutes ago", 1)
    ngettext("%(num)s hour ago", "%(num)s hours ago", 1)
    ngettext("%(num)s day ago", "%(num)s days ago", 1)
    ngettext("In %(num)s day", "In %(num)s days", 1)
