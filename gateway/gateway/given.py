"""What addresses and forms give as text, read as what it stands for."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from portico_contracts.refusal import BadRequest

YEARS = range(2000, 2101)  # what nobody means is refused before calendars run out of years


def id_of(text: str | None) -> UUID | None:
    """An id, None where none is given. Raises BadRequest for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadRequest("not an id") from None


def needed_id(text: str | None) -> UUID:
    """An id that a form cannot do without. Raises BadRequest."""
    found = id_of(text)
    if found is None:
        raise BadRequest("an id was expected")
    return found


def day_of(text: str | None) -> date | None:
    """A date; None where there is none that anyone could mean."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year in YEARS else None


def moment_of(text: str) -> datetime:
    """A time with its zone. Raises BadRequest."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("not a time") from None
    if found.tzinfo is None or found.year not in YEARS:
        raise BadRequest("not a time with its zone")
    return found
