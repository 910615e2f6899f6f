"""What records promises: one health record out of every source, read in pages.

Lists go newest first and page by ``cursor`` (opaque text from the previous page's ``next``).
``patient_id`` stands only in requests that staff may also make; a patient's own id comes from
the signed token. Numbers of measurements are decimal text, exactly as the source wrote them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from .event import event
from .fields import Plain
from .refusal import Refusal
from .rpc import between, request, text

Language = Literal["en", "es"]
Flag = Literal[
    "normal", "low", "high", "very_low", "very_high",
    "abnormal", "positive", "negative", "unknown",
]  # fmt: skip


# --- refusals -------------------------------------------------------------------------------


class AlreadyReleased(Refusal):
    """The result is with the patient already; a comment can still be added."""

    status = 409


class NotYetFinal(Refusal):
    """The laboratory has not finished this result, so it cannot be released."""

    status = 409


class NotYetReleased(Refusal):
    """The patient cannot see this result yet: release it with the comment instead."""

    status = 409


class UnknownCursor(Refusal):
    """The cursor is not one that a list gave out."""

    status = 400


# --- events ---------------------------------------------------------------------------------


@event("records", aggregate="result_id", heard_by=("notifications", "gateway"))
class LabResultReleased:
    """A clinician let the patient see a result; ``with_comment`` says whether a word came along."""

    result_id: Plain[UUID]
    patient_id: Plain[UUID]
    with_comment: Plain[bool]
    released_at: Plain[datetime]


@event("records", aggregate="result_id", heard_by=("notifications", "gateway"))
class ResultCommented:
    """A clinician added a comment to a result that the patient can see already."""

    result_id: Plain[UUID]
    patient_id: Plain[UUID]
    comment_id: Plain[UUID]
    commented_at: Plain[datetime]


# --- lab results ----------------------------------------------------------------------------


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
    of the same collection; ``about`` is a plain explanation of the test, None where there is none.
    """

    code_system: str | None
    interpretation: str | None
    received_at: datetime
    first_viewed_at: datetime | None
    about: str | None
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
    author: str | None = text(longest=120, default=None)
    patient_id: UUID | None = None


class Commented(TypedDict):
    comment_id: UUID
    result_id: UUID
    patient_id: UUID
    written_at: datetime


@request("records", reply=Commented, category="results", action="write")
class CommentOnLabResult:
    """Add a comment to a released result; ``author`` is the name the patient will read.

    Refusals: NotFound, NotYetReleased.
    """

    result_id: UUID
    comment: str = text(longest=4000, shortest=1)
    author: str | None = text(longest=120, default=None)
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


# --- medicines ------------------------------------------------------------------------------


class Medication(TypedDict):
    """``days_left`` is None where dispensing data do not allow to say."""

    medication_id: UUID
    name: str
    code: str | None
    status: str
    taking: Literal["now", "past"]
    dose: str | None
    reason: str | None
    prescriber: str | None
    prescribed_at: datetime
    ended_at: datetime | None
    days_left: int | None
    refills_left: int | None
    source: str


class Medications(TypedDict):
    items: list[Medication]
    next: str | None


@request("records", reply=Medications, category="medicines")
class ListMedications:
    """The patient's medicines: those taken now, those of the past, or both."""

    taking: Literal["now", "past", "all"] = "all"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


@request("records", reply=Medication, category="medicines")
class ShowMedication:
    """One medicine. Refusal: NotFound."""

    medication_id: UUID
    patient_id: UUID | None = None


# --- immunizations, conditions, allergies, visits, procedures, care plans -----------------------


class Immunization(TypedDict):
    immunization_id: UUID
    name: str
    code: str | None
    status: str
    given_at: datetime
    lot: str | None
    site: str | None
    dose_number: str | None
    performer: str | None
    source: str


class Immunizations(TypedDict):
    items: list[Immunization]
    next: str | None


@request("records", reply=Immunizations, category="record")
class ListImmunizations:
    """The patient's vaccinations."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


class Condition(TypedDict):
    condition_id: UUID
    name: str
    code_system: str | None
    code: str | None
    clinical_status: str | None
    verification_status: str | None
    category: str | None
    noted_at: datetime
    ended_at: datetime | None
    source: str


class Conditions(TypedDict):
    items: list[Condition]
    next: str | None


@request("records", reply=Conditions, category="record")
class ListConditions:
    """The patient's conditions: present, past, or both."""

    show: Literal["now", "past", "all"] = "all"
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


class Allergy(TypedDict):
    allergy_id: UUID
    name: str
    code: str | None
    category: str | None
    criticality: str | None
    clinical_status: str | None
    reactions: list[str]
    severity: str | None
    noted_at: datetime
    source: str


class Allergies(TypedDict):
    items: list[Allergy]
    next: str | None


@request("records", reply=Allergies, category="record")
class ListAllergies:
    """What the patient does not tolerate."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=50)
    patient_id: UUID | None = None


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


class Document(TypedDict):
    document_id: UUID
    title: str
    content_type: str | None
    size: int | None
    author: str | None
    written_at: datetime
    status: str
    source: str


class DocumentShown(Document):
    """``content`` is base64, None where the source sent an address only (``url``)."""

    content: str | None
    url: str | None


class Documents(TypedDict):
    items: list[Document]
    next: str | None


@request("records", reply=Documents, category="record")
class ListDocuments:
    """The patient's documents, without their content."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


@request("records", reply=DocumentShown, category="record")
class ShowDocument:
    """One document with its content. Refusal: NotFound."""

    document_id: UUID
    patient_id: UUID | None = None


class Procedure(TypedDict):
    procedure_id: UUID
    name: str
    code: str | None
    status: str
    performed_at: datetime
    reason: str | None
    performer: str | None
    source: str


class Procedures(TypedDict):
    items: list[Procedure]
    next: str | None


@request("records", reply=Procedures, category="record")
class ListProcedures:
    """What was done to the patient."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


class CarePlan(TypedDict):
    care_plan_id: UUID
    title: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    activities: list[str]
    source: str


class CarePlans(TypedDict):
    items: list[CarePlan]
    next: str | None


@request("records", reply=CarePlans, category="record")
class ListCarePlans:
    """The patient's care plans with their activities."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


# --- patients -------------------------------------------------------------------------------


class PatientFound(TypedDict):
    patient_id: UUID
    name: str
    given: str
    family: str
    birth_date: date | None
    sex: str | None
    language: str | None
    deceased: bool


class PatientShown(PatientFound):
    """``age`` in whole years today (at death for the deceased); None without a birth date."""

    age: int | None
    email: str | None
    mobile: str | None
    phone: str | None
    address: str | None
    allergies: list[str]
    source: str
    registered_at: datetime


@request("records", reply=PatientShown, category="record")
class ShowPatient:
    """Who the patient is and how to reach them; for staff also before an invitation."""

    patient_id: UUID | None = None


class PatientsFound(TypedDict):
    items: list[PatientFound]
    next: str | None


@request("records", reply=PatientsFound, category="record")
class SearchPatients:
    """Staff look for a patient by beginning of names, birth date (any usual form) or id."""

    q: str = text(longest=120, shortest=1)
    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)


class PatientCard(TypedDict):
    """The line that stands beside a name in a queue."""

    patient_id: UUID
    name: str
    age: int | None
    sex: str | None
    language: str | None
    allergies: str | None


class PatientCardList(TypedDict):
    items: list[PatientCard]


@request("records", reply=PatientCardList, category="record")
class PatientCards:
    """Cards of up to 100 patients for a staff list; unknown ids are left out."""

    ids: tuple[UUID, ...]


# --- home -----------------------------------------------------------------------------------


class MedicineRunningLow(TypedDict):
    medication_id: UUID
    name: str
    days_left: int


class HomeCondition(TypedDict):
    name: str
    code_system: str | None
    code: str | None


class RecordsAtHome(TypedDict):
    """``new_results`` counts to 99 at most; ``newest`` is the newest unopened result."""

    patient_name: str
    given: str
    language: str | None
    new_results: int
    newest: LabResult | None
    running_low: list[MedicineRunningLow]
    conditions: list[HomeCondition]


@request("records", reply=RecordsAtHome, category="record")
class HomeSummary:
    """What the home page says of the record, in one call."""

    language: Language = "en"
    patient_id: UUID | None = None
