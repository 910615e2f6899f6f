"""Sample answers of records, shaped as its contract says."""

from __future__ import annotations

from typing import Any

import front_work as work

A1C_POINTS = [
    ("2023-11-14", "5.6"), ("2024-05-20", "5.8"), ("2024-11-12", "6.0"), ("2025-06-09", "6.3"),
    ("2025-11-10", "6.2"), ("2026-05-18", "6.2"), ("2026-11-18", "6.1"),
]  # fmt: skip


def lab(
    key: str, name: str, code: str | None, value: str, unit: str, **more: Any
) -> dict[str, Any]:
    return {
        "result_id": key, "name": name, "plain_name": name, "code": code, "value": value,
        "shown": value, "unit": unit, "range_low": None, "range_high": None, "range_text": None,
        "flag": "unknown", "status": "final", "collected_at": "2026-11-18T13:05:00+00:00",
        "released_at": "2026-11-20T13:05:00+00:00", "panel_id": None, "panel": None,
        "source": "Valley Diagnostics", "performer": None, "is_new": False, "has_comment": False,
        **more,
    }  # fmt: skip


def shown(
    result: dict[str, Any], points: list[tuple[str, str]] = (), **more: Any
) -> dict[str, Any]:
    history = [
        {"result_id": f"p{n}", "value": value, "shown": value, "flag": "unknown",
         "collected_at": f"{day}T13:05:00+00:00", "source": "Valley Diagnostics"}
        for n, (day, value) in enumerate(points)
    ]  # fmt: skip
    return {
        **result, "code_system": "http://loinc.org", "interpretation": None,
        "received_at": "2026-11-19T13:05:00+00:00", "first_viewed_at": None,
        "history": history, "together": [], "comments": [], **more,
    }  # fmt: skip


A1C = lab("r1", "Hemoglobin A1c/Hemoglobin.total in Blood", "4548-4", "6.1", "%", flag="high",
          range_text=None, is_new=True, has_comment=True)  # fmt: skip
GLUCOSE = lab("r2", "Glucose", "2345-7", "104", "mg/dL", range_low="70", range_high="99")
CHOLESTEROL = lab("r3", "Cholesterol", "2093-3", "188", "mg/dL")
KIDNEY = lab("r4", "eGFR", "33914-3", "92", "mL/min/{1.73_m2}")
POTASSIUM = lab("r5", "Potassium", "2823-3", "6.5", "mmol/L", flag="very_high", range_low="3.5",
                range_high="5.1")  # fmt: skip
RARE = lab("r6", "Dihydroxy something [Mass/volume] in Serum", "99999-9", "12.4", "ng/mL",
           range_text="10.0-20.0 ng/mL", collected_at="2026-05-18T13:05:00+00:00")  # fmt: skip
COLOR = lab("r7", "Protein in Urine by Test strip", "5804-0", "Negative", None, flag="negative",
            collected_at="2026-05-18T13:05:00+00:00")  # fmt: skip
RESULTS = {"items": [A1C, GLUCOSE, CHOLESTEROL, KIDNEY, RARE, COLOR], "next": "c2"}
NOTE_TEXT = (
    "Maria, this is good news. Your number has come down a little since last year. Keep up the"
    " walks after dinner. We will talk about next steps at your visit on December 1."
)
COMMENT = {"comment_id": "c1", "author_account_id": "s3", "author": "Dr. Amara Okafor",
           "body": NOTE_TEXT, "written_at": "2026-11-20T15:00:00+00:00"}  # fmt: skip
RESULTS_SHOWN = {
    "a1c": shown(A1C, A1C_POINTS, together=[GLUCOSE, CHOLESTEROL, KIDNEY], comments=[COMMENT]),
    "critical": shown(POTASSIUM, [("2025-11-18", "4.4"), ("2026-11-18", "6.5")]),
    "unexplained": shown(RARE, [("2025-11-18", "11.0"), ("2026-05-18", "12.4")]),
    "words": shown(COLOR),
    "single": shown(GLUCOSE, [("2026-11-18", "104")]),
}
MEDICINES = {
    "items": [
        {"medication_id": f"m{n}", "name": name, "code": None, "status": "active", "taking": "now",
         "dose": dose, "reason": reason, "prescriber": "Dr. Amara Okafor",
         "prescribed_at": "2026-01-05T13:05:00+00:00", "ended_at": None, "days_left": left,
         "refills_left": 2, "source": "Cedar Grove"}
        for n, (name, dose, reason, left) in enumerate(
            [("Lisinopril 10 mg", "1 tablet each morning", "High blood pressure", 6),
             ("Metformin 500 mg", "1 tablet 2 times a day, with food", "Prediabetes", None),
             ("Vitamin D 1000 units", None, None, 0)], start=1)
    ],
    "next": None,
}  # fmt: skip
MEDICINE = MEDICINES["items"][0]
VACCINES = {
    "items": [{"immunization_id": "i1", "name": "Flu shot 2026–27", "code": "140",
               "status": "completed", "given_at": "2026-10-12T13:05:00+00:00", "lot": "A7731",
               "site": "Left arm", "dose_number": "1", "performer": "Main Street clinic",
               "source": "Cedar Grove"}],
    "next": "more",
}  # fmt: skip
CONDITIONS = {
    "items": [{"condition_id": "k1", "name": "High blood pressure", "code_system": None,
               "code": None, "clinical_status": "active", "verification_status": "confirmed",
               "category": None, "noted_at": "2021-03-04T13:05:00+00:00", "ended_at": None,
               "source": "Cedar Grove"},
              {"condition_id": "k2", "name": "Sinus infection", "code_system": None, "code": None,
               "clinical_status": "resolved", "verification_status": "confirmed", "category": None,
               "noted_at": "2019-03-04T13:05:00+00:00", "ended_at": "2019-03-20T13:05:00+00:00",
               "source": "Valley Hospital"}],
    "next": None,
}  # fmt: skip
ALLERGIES = {
    "items": [{"allergy_id": "g1", "name": "Penicillin", "code": None, "category": "medication",
               "criticality": "high", "clinical_status": "active",
               "reactions": ["Hives", "Swelling"], "severity": "severe",
               "noted_at": "1999-03-04T13:05:00+00:00", "source": "Cedar Grove"}],
    "next": None,
}  # fmt: skip
PROCEDURES = {
    "items": [{"procedure_id": "q1", "name": "Colon check (colonoscopy)", "code": None,
               "status": "completed", "performed_at": "2024-06-04T13:05:00+00:00",
               "reason": "Age 50 check", "performer": "Valley Hospital", "source": "Valley"}],
    "next": None,
}  # fmt: skip
PLANS = {
    "items": [{"care_plan_id": "cp1", "title": "Lower your blood sugar", "status": "active",
               "started_at": "2026-01-04T13:05:00+00:00", "ended_at": None,
               "activities": ["Walk 30 minutes a day", "Check A1C each 6 months"],
               "source": "Cedar Grove"}],
    "next": None,
}  # fmt: skip
NOTES = {
    "items": [{"note_id": f"n{n}", "kind": kind, "title": title, "author": "Dr. Amara Okafor",
               "place": "Main Street clinic", "encounter_id": None,
               "written_at": "2026-05-18T13:05:00+00:00", "status": "final",
               "source": "Cedar Grove"}
              for n, (kind, title) in enumerate([("visit", "Check-up"),
                                                 ("discharge", "Hospital stay")])],
    "next": None,
}  # fmt: skip
NOTE = {**NOTES["items"][0], "text": "You came for a check-up.\n\nYour blood pressure was good.\n"
        "Keep taking your medicine.\n\nCome back in 6 months."}  # fmt: skip
DOCUMENTS = {
    "items": [{"document_id": "d1", "title": "Work note", "content_type": "application/pdf",
               "size": 48_200, "author": "Front desk", "written_at": "2026-11-20T13:05:00+00:00",
               "status": "current", "source": "Cedar Grove"}],
    "next": None,
}  # fmt: skip
PATIENT = {
    "patient_id": "p1", "name": "Maria Reyes", "given": "Maria", "family": "Reyes",
    "birth_date": "1968-03-04", "sex": "female", "language": "es", "deceased": False, "age": 58,
    "email": "maria@cedargrove.example", "mobile": "+15550100188", "phone": None,
    "address": "4 Elm Street, Cedar Grove", "allergies": ["Penicillin"], "source": "Cedar Grove",
    "registered_at": "2020-01-01T13:05:00+00:00",
}  # fmt: skip
WAITING = {
    "items": [{"result_id": "w1", "patient_id": "p1", "patient_name": "Maria Reyes",
               "birth_date": "1968-03-04", "name": "Potassium", "plain_name": "Potassium",
               "shown": "6.5", "unit": "mmol/L", "range_text": "3.5-5.1", "flag": "very_high",
               "status": "final", "panel": None, "collected_at": "2026-11-22T13:05:00+00:00",
               "received_at": "2026-11-23T10:05:00+00:00", "source": "Valley Diagnostics"},
              {"result_id": "w2", "patient_id": "p2", "patient_name": "Walter Osei",
               "birth_date": None, "name": "LDL", "plain_name": "LDL", "shown": "131",
               "unit": "mg/dL", "range_text": None, "flag": "high", "status": "preliminary",
               "panel": None, "collected_at": "2026-11-22T13:05:00+00:00",
               "received_at": "2026-11-22T10:05:00+00:00", "source": "Valley Diagnostics"}],
    "next": "w3",
}  # fmt: skip
HOME = {
    "visits": {"next": work.VISIT},
    "records": {
        "patient_name": "Maria Reyes", "given": "Maria", "language": "en", "new_results": 2,
        "newest": A1C,
        "running_low": [{"medication_id": "m1", "name": "Lisinopril 10 mg", "days_left": 6}],
        "conditions": [],
    },
    "messages": {"unread_count": 2, "unread": work.CONVERSATIONS["items"][:2],
                 "refills": work.REFILLS["items"]},
    "bills": work.OWED,
}  # fmt: skip
EMPTY_HOME = {
    "visits": {"next": None},
    "records": {"patient_name": "Maria Reyes", "given": "Maria", "language": "en",
                "new_results": 0, "newest": None, "running_low": [], "conditions": []},
    "messages": {"unread_count": 0, "unread": [], "refills": []},
    "bills": {"balance_cents": 0, "currency": "USD", "open_statements": 0, "overdue": False,
              "next_due_on": None, "statement_id": None},
}  # fmt: skip
