"""Kinds of encounters, procedures, care plans, allergies, vaccines and documents."""

from __future__ import annotations

from portico_ops.sandbox.practice.record import CVX, LOINC, SNOMED, Code


def _snomed(code: str, display: str) -> Code:
    return Code(system=SNOMED, code=code, display=display)


def _cvx(code: str, display: str) -> Code:
    return Code(system=CVX, code=code, display=display)


def _loinc(code: str, display: str) -> Code:
    return Code(system=LOINC, code=code, display=display)


CHECK_UP = _snomed("185349003", "Encounter for check up (procedure)")
FOLLOW_UP = _snomed("390906007", "Follow-up encounter (procedure)")
PROBLEM = _snomed("185347001", "Encounter for problem (procedure)")
WELL_CHILD = _snomed("410620009", "Well child visit (procedure)")
EMERGENCY = _snomed("50849002", "Emergency room admission (procedure)")
HOSPITAL_STAY = _snomed("183452005", "Emergency hospital admission (procedure)")

MEDICATION_REVIEW = _snomed("430193006", "Medication reconciliation (procedure)")
DEPRESSION_SCREEN = _snomed("171207006", "Depression screening (procedure)")
COLONOSCOPY = _snomed("73761001", "Colonoscopy (procedure)")
SPIROMETRY = _snomed("127783003", "Spirometry (procedure)")
ELECTROCARDIOGRAM = _snomed("29303009", "Electrocardiographic procedure (procedure)")
CHEST_X_RAY = _snomed("399208008", "Plain X-ray of chest (procedure)")

PROGRESS_NOTE = _loinc("11506-3", "Progress note")
DISCHARGE_SUMMARY = _loinc("18842-5", "Discharge summary")

PLAN_KINDS = {
    "hypertension": _snomed("443402002", "Lifestyle education regarding hypertension (procedure)"),
    "diabetes": _snomed("735985000", "Diabetes self management plan (record artifact)"),
    "lipids": _snomed("736285004", "Hyperlipidemia clinical management plan (record artifact)"),
    "heart_failure": _snomed("735984001", "Heart failure self management plan (record artifact)"),
    "arthritis": _snomed("773513001", "Physiotherapy care plan (record artifact)"),
    "asthma": _snomed("699728000", "Asthma self management (procedure)"),
}
PLAN_STEPS = {
    "low_salt": _snomed("386619000", "Low sodium diet (finding)"),
    "exercise": _snomed("229065009", "Exercise therapy (regime/therapy)"),
    "home_pressure": _snomed("135840009", "Blood pressure monitoring (regime/therapy)"),
    "healthy_diet": _snomed("226234005", "Healthy diet (finding)"),
    "diabetic_diet": _snomed("160670007", "Diabetic diet (finding)"),
    "diet_education": _snomed("11816003", "Diet education (procedure)"),
    "daily_weight": _snomed("307818003", "Weight monitoring (regime/therapy)"),
    "stretching": _snomed("229070002", "Stretching exercises (regime/therapy)"),
    "inhaler_use": _snomed("699728000", "Asthma self management (procedure)"),
    "avoid_smoke": _snomed("225323000", "Smoking cessation education (procedure)"),
}

# substance, category, criticality, reaction, severity
ALLERGIES = {
    "penicillin": (_snomed("764146007", "Penicillin (substance)"), "medication", "high",
                   _snomed("247472004", "Weal (disorder)"), "moderate"),
    "peanut": (_snomed("762952008", "Peanut (substance)"), "food", "high",
               _snomed("39579001", "Anaphylaxis (disorder)"), "severe"),
    "latex": (_snomed("1003755004", "Latex (substance)"), "environment", "low",
              _snomed("271807003", "Eruption of skin (disorder)"), "mild"),
    "sulfa": (_snomed("387406002", "Sulfonamide (substance)"), "medication", "low",
              _snomed("271807003", "Eruption of skin (disorder)"), "mild"),
    "pollen": (_snomed("256277009", "Grass pollen (substance)"), "environment", "low",
               _snomed("76067001", "Sneezing (finding)"), "mild"),
}  # fmt: skip

FLU = _cvx("140", "Influenza, seasonal, injectable, preservative free")
TDAP = _cvx("115", "Tdap")
COVID = _cvx("207", "SARS-COV-2 (COVID-19) vaccine, mRNA, spike protein, LNP, preservative free, "
             "100 mcg/0.5mL dose")  # fmt: skip
ZOSTER = _cvx("187", "zoster vaccine recombinant")
PNEUMOCOCCAL = _cvx("216", "Pneumococcal conjugate vaccine, 20 valent")

# vaccine, and the ages in months at which children get a dose
CHILD_VACCINES = (
    (_cvx("08", "Hep B, adolescent or pediatric"), (0, 1, 6)),
    (_cvx("119", "rotavirus, monovalent"), (2, 4)),
    (_cvx("20", "DTaP"), (2, 4, 6, 15, 48)),
    (_cvx("49", "Hib (PRP-OMP)"), (2, 4, 12)),
    (_cvx("10", "IPV"), (2, 4, 6, 48)),
    (_cvx("133", "Pneumococcal conjugate PCV 13"), (2, 4, 6, 12)),
    (_cvx("03", "MMR"), (12, 48)),
    (_cvx("21", "varicella"), (12, 48)),
    (_cvx("83", "Hep A, ped/adol, 2 dose"), (12, 18)),
    (TDAP, (132,)),
    (_cvx("114", "meningococcal MCV4P"), (132, 192)),
    (_cvx("165", "HPV9"), (132, 138)),
)
