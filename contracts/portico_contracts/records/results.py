"""Laboratory results: lists, one with all its page needs, and their release."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text
from .kinds import Flag, Language


class LabResult(TypedDict):
    """One line of the list. ``shown`` is ``value`` rounded for reading.

    ``released_at`` is None only where staff look at a result that waits for its release.
    """

    result_id: UUID
    name: str
    plain_name: str
    code: str | None
    value: str | None
    shown: str | None
    unit: str | None
    range_low: str | None
    range_high: str | None
    range_text: str | None
    flag: Flag
    status: str
    collected_at: datetime
    released_at: datetime | None
    panel_id: UUID | None
    panel: str | None
    source: str
    performer: str | None
    is_new: bool
    has_comment: bool


class LabResults(TypedDict):
    items: list[LabResult]
    next: str | None


class TrendPoint(TypedDict):
    """One earlier or later value of the same test in the same unit."""

    result_id: UUID
    value: str
    shown: str
    flag: Flag
    collected_at: datetime
    source: str


class ResultComment(TypedDict):
    comment_id: UUID
    author_account_id: UUID | None
    author: str | None
    body: str
    written_at: datetime


class LabResultShown(LabResult):
    """A result with everything its page needs, so that one call is enough.

    ``history`` goes oldest first and holds this result too; ``together`` are the other results
    of the same collection.
    """

    code_system: str | None
    interpretation: str | None
    received_at: datetime
    first_viewed_at: datetime | None
    history: list[TrendPoint]
    together: list[LabResult]
    comments: list[ResultComment]


@request("records", reply=LabResults, category="results")
class ListLabResults:
    """The patient's released laboratory results. ``q`` looks into names and panel names."""

    cursor: str | None = text(longest=200, default=None)
    q: str | None = text(longest=80, default=None)
    show: Literal["all", "new"] = "all"
    limit: int = between(1, 50, default=20)
    language: Language = "en"
    patient_id: UUID | None = None


@request("records", reply=LabResultShown, category="results")
class ShowLabResult:
    """One result. The first time its patient opens it is remembered (for the clinician)."""

    result_id: UUID
    language: Language = "en"
    patient_id: UUID | None = None


class ResultReleased(TypedDict):
    result_id: UUID
    patient_id: UUID
    released_at: datetime
    comment_id: UUID | None


@request("records", reply=ResultReleased, category="results", action="write")
class ReleaseLabResult:
    """Let the patient see a final result, with a comment or without.

    Refusals: NotFound, AlreadyReleased, NotYetFinal.
    """

    result_id: UUID
    comment: str | None = text(longest=4000, default=None)
    patient_id: UUID | None = None


class Commented(TypedDict):
    comment_id: UUID
    result_id: UUID
    patient_id: UUID
    written_at: datetime


@request("records", reply=Commented, category="results", action="write")
class CommentOnLabResult:
    """Add a comment to a released result, under the name that the writer's token carries.

    Refusals: NotFound, NotYetReleased.
    """

    result_id: UUID
    comment: str = text(longest=4000, shortest=1)
    patient_id: UUID | None = None


class ResultToRelease(TypedDict):
    result_id: UUID
    patient_id: UUID
    patient_name: str
    birth_date: date | None
    name: str
    plain_name: str
    shown: str | None
    unit: str | None
    range_text: str | None
    flag: Flag
    status: str
    panel: str | None
    collected_at: datetime
    received_at: datetime
    source: str


class ResultsToRelease(TypedDict):
    items: list[ResultToRelease]
    next: str | None


@request("records", reply=ResultsToRelease, category="results")
class ListResultsToRelease:
    """Results that wait for a clinician, the longest-waiting first."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
