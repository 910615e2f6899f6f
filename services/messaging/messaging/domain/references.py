"""References inside messaging: what a conversation is about, and where a draft belongs."""

from __future__ import annotations

import re
from uuid import UUID

from portico_contracts.refusal import BadRequest

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ABOUT = f"(?:result|visit|medicine|bill|form):{_ID}"
_PATIENT_PLACE = re.compile(f"new|new:{_ABOUT}|refill|conversation:{_ID}")
_STAFF_PLACE = re.compile(f"item:{_ID}")


def check_about(about: str | None) -> None:
    """Raises BadRequest unless ``about`` names a kind of thing and an id."""
    if about is not None and not re.fullmatch(_ABOUT, about):
        raise BadRequest(fields={"about": ["Not a reference such as result:<id>."]})


def check_place(place: str, *, staff: bool) -> None:
    """Raises BadRequest for a place that no page has (places are stored in the clear)."""
    if not (_STAFF_PLACE if staff else _PATIENT_PLACE).fullmatch(place):
        raise BadRequest(fields={"place": ["Not a place where drafts are kept."]})


def place_of_new(about: str | None) -> str:
    """Where the draft of a conversation not yet started is kept."""
    return f"new:{about}" if about else "new"


def item_of_place(place: str) -> UUID:
    """The item that a (checked) staff draft belongs to."""
    return UUID(place.partition(":")[2])
