"""Past visits as the sources recorded them, and the summaries written of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text


class Encounter(TypedDict):
    """A past visit as a source recorded it; ``note_id`` is its summary where there is one."""

    encounter_id: UUID
    name: str
    kind: str | None
    status: str
    started_at: datetime
    ended_at: datetime | None
    reason: str | None
    provider: str | None
    place: str | None
    note_id: UUID | None
    source: str


class Encounters(TypedDict):
    items: list[Encounter]
    next: str | None


@request("records", reply=Encounters, category="record")
class ListEncounters:
    """The patient's past visits, as the sources recorded them."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


class VisitNote(TypedDict):
    note_id: UUID
    kind: Literal["visit", "discharge"]
    title: str
    author: str | None
    place: str | None
    encounter_id: UUID | None
    written_at: datetime
    status: str
    source: str


class VisitNoteShown(VisitNote):
    """``text`` is plain text: markup of the source is gone."""

    text: str


class VisitNotes(TypedDict):
    items: list[VisitNote]
    next: str | None


@request("records", reply=VisitNotes, category="record")
class ListVisitNotes:
    """Visit summaries and discharge summaries; ``kind`` narrows to one of them."""

    kind: Literal["visit", "discharge", "all"] = "all"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


@request("records", reply=VisitNoteShown, category="record")
class ShowVisitNote:
    """One visit or discharge summary with its text. Refusal: NotFound."""

    note_id: UUID
    patient_id: UUID | None = None
