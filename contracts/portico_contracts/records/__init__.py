"""What records promises: one health record out of every source, read in pages.

Lists go newest first and page by ``cursor`` (opaque text from the previous page's ``next``).
``patient_id`` stands only in requests that staff may also make; a patient's own id comes from
the signed token. Numbers of measurements are decimal text, exactly as the source wrote them.
"""

# In the order in which docs/events.md tells of them.
# isort: off
from .kinds import Flag, Language
from .refusals import AlreadyReleased, NotYetFinal, NotYetReleased, UnknownCursor
from .events import LabResultReleased, ResultCommented
from .results import (
    CommentOnLabResult,
    Commented,
    LabResult,
    LabResultShown,
    LabResults,
    ListLabResults,
    ListResultsToRelease,
    ReleaseLabResult,
    ResultComment,
    ResultReleased,
    ResultToRelease,
    ResultsToRelease,
    ShowLabResult,
    TrendPoint,
)
from .medicines import ListMedications, Medication, Medications, ShowMedication
from .history import (
    Allergies,
    Allergy,
    Condition,
    Conditions,
    Immunization,
    Immunizations,
    ListAllergies,
    ListConditions,
    ListImmunizations,
)
from .visits import (
    Encounter,
    Encounters,
    ListEncounters,
    ListVisitNotes,
    ShowVisitNote,
    VisitNote,
    VisitNoteShown,
    VisitNotes,
)
from .documents import Document, DocumentShown, Documents, ListDocuments, ShowDocument
from .care import CarePlan, CarePlans, ListCarePlans, ListProcedures, Procedure, Procedures
from .patients import (
    PatientCard,
    PatientCardList,
    PatientCards,
    PatientFound,
    PatientShown,
    PatientsFound,
    SearchPatients,
    ShowPatient,
)
from .home import HomeCondition, HomeSummary, MedicineRunningLow, RecordsAtHome
# isort: on

__all__ = [
    "Allergies",
    "Allergy",
    "AlreadyReleased",
    "CarePlan",
    "CarePlans",
    "CommentOnLabResult",
    "Commented",
    "Condition",
    "Conditions",
    "Document",
    "DocumentShown",
    "Documents",
    "Encounter",
    "Encounters",
    "Flag",
    "HomeCondition",
    "HomeSummary",
    "Immunization",
    "Immunizations",
    "LabResult",
    "LabResultReleased",
    "LabResultShown",
    "LabResults",
    "Language",
    "ListAllergies",
    "ListCarePlans",
    "ListConditions",
    "ListDocuments",
    "ListEncounters",
    "ListImmunizations",
    "ListLabResults",
    "ListMedications",
    "ListProcedures",
    "ListResultsToRelease",
    "ListVisitNotes",
    "Medication",
    "Medications",
    "MedicineRunningLow",
    "NotYetFinal",
    "NotYetReleased",
    "PatientCard",
    "PatientCardList",
    "PatientCards",
    "PatientFound",
    "PatientShown",
    "PatientsFound",
    "Procedure",
    "Procedures",
    "RecordsAtHome",
    "ReleaseLabResult",
    "ResultComment",
    "ResultCommented",
    "ResultReleased",
    "ResultToRelease",
    "ResultsToRelease",
    "SearchPatients",
    "ShowDocument",
    "ShowLabResult",
    "ShowMedication",
    "ShowPatient",
    "ShowVisitNote",
    "TrendPoint",
    "UnknownCursor",
    "VisitNote",
    "VisitNoteShown",
    "VisitNotes",
]
