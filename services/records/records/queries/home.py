"""What the home page says of the record, in one call."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from portico_contracts import records as contract
from records.domain.medicines import LOW_AFTER_DAYS

from .paging import Row, rows
from .record import conditions_of_now, medicines_of_now
from .results import newest_unopened

if TYPE_CHECKING:
    from portico_kit.database import Transaction

MOST_CONDITIONS = 5


def home_summary(tx: Transaction, request: contract.HomeSummary, *, now: datetime) -> Row:
    """New results, medicines running low, conditions; empty for a patient not yet on record."""
    person = rows(
        tx,
        "SELECT name AS patient_name, given, language FROM patient WHERE id = :id",
        {"id": tx.patient_id},
    ) or [{"patient_name": "", "given": "", "language": None}]
    low = [
        {key: medicine[key] for key in ("medication_id", "name", "days_left")}
        for medicine in medicines_of_now(tx, now=now)
        if medicine["days_left"] is not None and medicine["days_left"] <= LOW_AFTER_DAYS
    ]
    return {
        **person[0],
        **newest_unopened(tx, now=now, language=request.language),
        "running_low": sorted(low, key=lambda medicine: medicine["days_left"]),
        "conditions": conditions_of_now(tx, limit=MOST_CONDITIONS),
    }
