"""Everything that reads the record: one statement a list, plain dicts out."""

from .home import home_summary
from .notes import list_documents, list_visit_notes, show_document, show_visit_note
from .people import patient_cards, search_patients, show_patient
from .record import (
    list_allergies,
    list_care_plans,
    list_conditions,
    list_encounters,
    list_immunizations,
    list_medications,
    list_procedures,
    show_medication,
)
from .results import list_lab_results, list_results_to_release, show_lab_result

__all__ = [
    "home_summary",
    "list_allergies",
    "list_care_plans",
    "list_conditions",
    "list_documents",
    "list_encounters",
    "list_immunizations",
    "list_lab_results",
    "list_medications",
    "list_procedures",
    "list_results_to_release",
    "list_visit_notes",
    "patient_cards",
    "search_patients",
    "show_document",
    "show_lab_result",
    "show_medication",
    "show_patient",
    "show_visit_note",
]
