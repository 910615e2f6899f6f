"""Rules about people: age, and dates and ids as staff type them."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import UUID

_SHORT = "%m/%d/%y"
_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", _SHORT, "%B %d %Y", "%b %d %Y")


def age_on(day: date, *, born: date | None) -> int | None:
    """Whole years; None without a birth date or before it."""
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birth_date_in(text: str, *, today: date) -> date | None:
    """A birth date in a usual American or ISO form, else None. Two-digit years are past."""
    plain = re.sub(r"[,\s]+", " ", text.strip())
    for form in _FORMS:
        try:
            found = datetime.strptime(plain, form).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
        # Two digits mean 1969 to 2068 to Python; every leap year there has one a century before.
        late = form == _SHORT and found > today
        return found.replace(year=found.year - 100) if late else found
    return None


def id_in(text: str) -> UUID | None:
    """A patient id typed or pasted, else None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
