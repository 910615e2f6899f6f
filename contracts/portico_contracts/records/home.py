"""What the home page says of the record."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from ..rpc import request
from .kinds import Language
from .results import LabResult


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
