"""What one patient's health record holds, before it is written as FHIR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX = "http://hl7.org/fhir/sid/cvx"

Sex = Literal["female", "male"]
Language = Literal["en", "es"]


@dataclass(frozen=True, kw_only=True)
class Code:
    """One entry of a code system."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, kw_only=True)
class Encounter:
    """A visit, a stay or an emergency that is over."""

    key: str
    kind: Code
    setting: Literal["AMB", "IMP", "EMER"]
    starts_at: datetime
    ends_at: datetime
    provider_key: str
    reason: Code | None
    reason_words: str


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A diagnosis; `resolved_on` is None while it lasts."""

    key: str
    snomed: Code
    icd10: Code
    onset_on: date
    resolved_on: date | None
    encounter_key: str | None


@dataclass(frozen=True, kw_only=True)
class Medication:
    """A prescription. `code` is None where the practice has only words for it.

    `quantity` units last `days` days; `repeats` more fills are allowed.
    """

    key: str
    code: Code | None
    name: str
    instructions: str
    unit: str
    quantity: int
    days: int
    repeats: int
    times_a_day: int | None
    prescribed_at: datetime
    status: Literal["active", "stopped", "completed"]
    reason: Code | None
    provider_key: str
    encounter_key: str | None


@dataclass(frozen=True, kw_only=True)
class Allergy:
    """What the patient cannot have, and what it does."""

    key: str
    substance: Code
    category: Literal["food", "medication", "environment"]
    criticality: Literal["low", "high"]
    reaction: Code
    severity: Literal["mild", "moderate", "severe"]
    noted_on: date


@dataclass(frozen=True, kw_only=True)
class Immunization:
    """One dose given."""

    key: str
    vaccine: Code
    given_at: datetime
    lot: str
    encounter_key: str | None


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One value: a number with its unit and usual range, or words. `flag` is HL7's (N, L, H, A)."""

    key: str
    code: Code
    value: Decimal | str
    unit: str | None
    low: Decimal | None
    high: Decimal | None
    flag: Literal["N", "L", "H", "A"]


@dataclass(frozen=True, kw_only=True)
class LabReport:
    """Results of one order. Not `released`: a clinician has yet to let the patient see it."""

    key: str
    code: Code
    collected_at: datetime
    issued_at: datetime
    results: tuple[Measurement, ...]
    provider_key: str
    encounter_key: str | None
    released: bool = True
    comment: str | None = None


@dataclass(frozen=True, kw_only=True)
class VitalSigns:
    """What was measured at one visit."""

    key: str
    taken_at: datetime
    results: tuple[Measurement, ...]
    encounter_key: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """A document in plain text, in the patient's language."""

    key: str
    kind: Code
    title: str
    text: str
    written_at: datetime
    language: Language
    provider_key: str
    encounter_key: str


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """Something done at a visit."""

    key: str
    code: Code
    starts_at: datetime
    ends_at: datetime
    encounter_key: str


@dataclass(frozen=True, kw_only=True)
class CarePlan:
    """What patient and practice agreed to do about a condition."""

    key: str
    category: Code
    activities: tuple[Code, ...]
    started_on: date
    condition_key: str
    encounter_key: str | None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The patient's insurance."""

    key: str
    payer: str
    plan: str
    kind: Literal["EHCPOL", "PUBLICPOL", "MCPOL"]
    member_id: str
    group: str
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything, oldest first in each list."""

    encounters: tuple[Encounter, ...]
    conditions: tuple[Condition, ...]
    medications: tuple[Medication, ...]
    allergies: tuple[Allergy, ...]
    immunizations: tuple[Immunization, ...]
    lab_reports: tuple[LabReport, ...]
    vital_signs: tuple[VitalSigns, ...]
    notes: tuple[Note, ...]
    procedures: tuple[Procedure, ...]
    care_plans: tuple[CarePlan, ...]
    coverage: Coverage
