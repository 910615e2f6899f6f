"""Maria Reyes's story, which the prototype and the demonstrations tell: fixed, not by chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from portico_ops.sandbox.practice import treatment
from portico_ops.sandbox.practice.body import make_body
from portico_ops.sandbox.practice.catalogue.tests import panel_code
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import at, months_before, workday_before
from portico_ops.sandbox.practice.measuring import measure_panel
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.record import LabReport, Medication, Record

KEY = "maria-reyes"
A1C = (5.6, 5.8, 6.0, 6.3, 6.2, 6.2, 6.1)  # percent, half a year apart, the last one days ago
A1C_MONTHS = (36, 30, 24, 18, 12, 6, 0)
DAYS_LEFT = 6  # of lisinopril
COMMENT = (
    "Maria, this is good news. Your number has come down a little since last year. "
    "Keep up the walks after dinner. We will talk about next steps at your visit."
)
OLD_COMMENT = "This is a little above usual. Let us look again in six months."


def tell(person: Person, record: Record, *, seed: int, today: date, hold_newest: bool) -> Record:
    """The record with her A1C series, her medicines and her allergy."""
    newest = workday_before(today - timedelta(days=3))
    days = [months_before(newest, month) for month in A1C_MONTHS]
    reports = [_a1c(person, day, number, today=today) for number, day in enumerate(days)]
    reports[-1] = replace(reports[-1], released=not hold_newest, comment=None)
    reports += _same_blood(person, newest, seed=seed, today=today)
    return replace(
        record,
        lab_reports=tuple(
            sorted((*record.lab_reports, *reports), key=lambda each: each.collected_at)
        ),
        medications=_medicines(person, record, today=today),
        allergies=(treatment.allergy("penicillin", noted_on=date(1994, 6, 2)),),
    )


def _a1c(person: Person, day: date, number: int, *, today: date) -> LabReport:
    key = f"lab-a1c-{number + 1}"
    value = A1C[number]
    chance = chance_for(0, KEY)
    body = make_body(seed=0, key=KEY, sex="female", born=person.birth_date, illnesses=(),
                     today=today)  # fmt: skip
    return LabReport(
        key=key, code=panel_code("a1c"), collected_at=at(day, 8, 5),
        issued_at=at(day + timedelta(days=1), 8, 30), provider_key="okafor", encounter_key=None,
        results=measure_panel(body, "a1c", key=key, on=day, chance=chance, pinned={"a1c": value}),
        comment=OLD_COMMENT if value > 6 else None,
    )  # fmt: skip


def _same_blood(person: Person, day: date, *, seed: int, today: date) -> list[LabReport]:
    """Cholesterol and chemistry from the same tube as the newest A1C."""
    chance = chance_for(seed, KEY, "newest labs")
    body = make_body(seed=seed, key=KEY, sex="female", born=person.birth_date,
                     illnesses=person.place.illnesses, today=today)  # fmt: skip
    return [
        LabReport(
            key=f"lab-{panel}-newest", code=panel_code(panel), collected_at=at(day, 8, 5),
            issued_at=at(day + timedelta(days=1), 8, 30), provider_key="okafor",
            encounter_key=None,
            results=measure_panel(body, panel, key=f"lab-{panel}-newest", on=day, chance=chance),
        )
        for panel in ("lipids", "cmp")
    ]  # fmt: skip


def _medicines(person: Person, record: Record, *, today: date) -> tuple[Medication, ...]:
    """Lisinopril runs low, and a new cream is at fault for a rash."""
    kept = [each for each in record.medications if "lisinopril" not in each.name]
    kept = [each for each in kept if each.name != "triamcinolone 0.1% cream"]
    filled = at(today - timedelta(days=30 - DAYS_LEFT), 9, 20)
    lisinopril = treatment.prescribe(
        person, "lisinopril", key="medicine-lisinopril", prescribed_at=filled, status="active",
        illness="hypertension", quantity=30, days=30, repeats=0,
    )  # fmt: skip
    cream = treatment.prescribe(
        person, "triamcinolone", key="medicine-triamcinolone", status="active", illness=None,
        prescribed_at=at(workday_before(today - timedelta(days=5)), 15, 10),
    )  # fmt: skip
    return tuple(sorted((*kept, lisinopril, cream), key=lambda each: each.prescribed_at))
