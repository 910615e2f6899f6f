"""A patient's record, put together from the visits they had."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

from portico_ops.sandbox.practice import maria, notes, treatment, vaccines
from portico_ops.sandbox.practice.body import Body, make_body
from portico_ops.sandbox.practice.catalogue import care
from portico_ops.sandbox.practice.catalogue.illnesses import ILLNESSES
from portico_ops.sandbox.practice.catalogue.tests import panel_code
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import age_on, at
from portico_ops.sandbox.practice.measuring import measure_panel, measure_vitals
from portico_ops.sandbox.practice.model import Patient
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.record import (
    Coverage,
    LabReport,
    Medication,
    Note,
    Record,
    VitalSigns,
)
from portico_ops.sandbox.practice.visits import PastVisit

COMMENT_EN = "Your results look as we hoped. Keep doing what you do."
COMMENT_ES = "Sus resultados están como esperábamos. Siga así."


def make_patient(
    person: Person, visits: Sequence[PastVisit], *, seed: int, today: date, hold_newest: bool
) -> Patient:
    """The person with their record."""
    record = _record(person, visits, seed=seed, today=today)
    if person.key == maria.KEY:
        record = maria.tell(person, record, seed=seed, today=today, hold_newest=hold_newest)
    place = person.place
    return Patient(
        key=person.key, namespace=uuid5(NAMESPACE_URL, f"portico:sandbox/{seed}/{person.key}"),
        mrn=person.mrn, given=person.given, family=person.family, sex=place.sex,
        birth_date=person.birth_date, language=place.language, phone=person.phone,
        email=person.email, street=person.street, city="Cedar Grove", state="NY",
        postcode="10999", provider_key=place.provider_key, account=place.account, record=record,
    )  # fmt: skip


def _record(person: Person, visits: Sequence[PastVisit], *, seed: int, today: date) -> Record:
    def chance(about: str) -> random.Random:
        return chance_for(seed, person.key, about)

    body = make_body(seed=seed, key=person.key, sex=person.place.sex, born=person.birth_date,
                     illnesses=person.place.illnesses, today=today)  # fmt: skip
    found = treatment.conditions(person, visits, chance("conditions"), today=today)
    medicines = treatment.medications(person, visits, chance("medicines"), today=today)
    vitals = _vital_signs(body, visits, chance("vitals"))
    return Record(
        encounters=tuple(visit.encounter for visit in visits),
        conditions=found,
        medications=medicines,
        allergies=treatment.allergies(person, chance("allergies"), today=today),
        immunizations=vaccines.immunizations(person, visits, chance("vaccines"), today=today),
        lab_reports=_lab_reports(person, body, visits, chance("labs")),
        vital_signs=vitals,
        notes=_notes(person, visits, vitals, medicines),
        procedures=treatment.procedures(person, visits),
        care_plans=treatment.care_plans(person, visits, found),
        coverage=_coverage(person, chance("coverage"), today=today),
    )


def _lab_reports(
    person: Person, body: Body, visits: Sequence[PastVisit], chance: random.Random
) -> tuple[LabReport, ...]:
    return tuple(
        lab_report(person, body, panel, visit=visit, chance=chance)
        for visit in visits
        for panel in visit.panels
        if not (person.key == maria.KEY and panel == "a1c")
    )


def lab_report(
    person: Person, body: Body, panel: str, *, visit: PastVisit, chance: random.Random
) -> LabReport:
    """One panel taken at a visit, reported the next morning."""
    key = f"lab-{panel}-{visit.encounter.key}"
    collected_at = visit.encounter.starts_at + timedelta(minutes=5)
    day = collected_at.date()
    results = measure_panel(body, panel, key=key, on=day, chance=chance)
    comment = COMMENT_ES if person.place.language == "es" else COMMENT_EN
    calm = all(each.flag == "N" for each in results) and chance.random() < 0.5
    return LabReport(
        key=key, code=panel_code(panel), collected_at=collected_at,
        issued_at=at(day + timedelta(days=1), 8, 30), results=results,
        provider_key=visit.encounter.provider_key, encounter_key=visit.encounter.key,
        comment=comment if calm else None,
    )  # fmt: skip


def _vital_signs(
    body: Body, visits: Sequence[PastVisit], chance: random.Random
) -> tuple[VitalSigns, ...]:
    taken = []
    for visit in visits:
        key, starts_at = f"vitals-{visit.encounter.key}", visit.encounter.starts_at
        results = measure_vitals(body, key=key, on=starts_at.date(), chance=chance)
        taken.append(VitalSigns(key=key, taken_at=starts_at, results=results,
                                encounter_key=visit.encounter.key))  # fmt: skip
    return tuple(taken)


def _notes(
    person: Person, visits: Sequence[PastVisit], vitals: Sequence[VitalSigns],
    medicines: Sequence[Medication],
) -> tuple[Note, ...]:  # fmt: skip
    by_visit: Mapping[str, VitalSigns] = {each.encounter_key: each for each in vitals}
    return tuple(
        _note(person, visit, by_visit[visit.encounter.key], medicines)
        for visit in visits
        if visit.encounter.setting != "EMER"
    )


def _note(
    person: Person, visit: PastVisit, vitals: VitalSigns, medicines: Sequence[Medication]
) -> Note:
    encounter, language = visit.encounter, person.place.language
    stay = encounter.setting == "IMP"
    taken = [each for each in medicines if _taken_at(each, visit)]
    text = (
        notes.discharge_text(encounter, illness=visit.illnesses[0], medicines=taken,
                             language=language)
        if stay
        else notes.visit_text(encounter, visit_type=visit.visit_type, vitals=vitals.results,
                              illnesses=visit.illnesses, medicines=taken, language=language)
    )  # fmt: skip
    return Note(
        key=f"note-{encounter.key}", kind=care.DISCHARGE_SUMMARY if stay else care.PROGRESS_NOTE,
        title=notes.visit_title(encounter, language), text=text,
        written_at=encounter.ends_at + timedelta(minutes=20), language=language,
        provider_key=encounter.provider_key, encounter_key=encounter.key,
    )  # fmt: skip


def _taken_at(medicine: Medication, visit: PastVisit) -> bool:
    """Lasting medicines at visits about them, and what the visit itself prescribed."""
    if medicine.encounter_key:
        return medicine.encounter_key == visit.encounter.key
    reasons = {ILLNESSES[illness].snomed for illness in visit.illnesses}
    return medicine.status == "active" and medicine.reason in reasons


def _coverage(person: Person, chance: random.Random, *, today: date) -> Coverage:
    age = age_on(today, born=person.birth_date)
    if age >= 65:
        payer, plan, kind = "Medicare", "Original Medicare", "MCPOL"
    elif chance.random() < (0.4 if age < 18 else 0.15):
        payer, plan, kind = "Medicaid", "State Medicaid", "PUBLICPOL"
    else:
        payer, plan, kind = "Hudson Health Plan", chance.choice(("Silver", "Gold")), "EHCPOL"
    return Coverage(
        key="coverage", payer=payer, plan=plan, kind=kind,  # type: ignore[arg-type]
        member_id=f"{chance.choice('WXYZ')}{chance.randint(10**8, 10**9 - 1)}",
        group=str(chance.randint(10000, 99999)),
        starts_on=date(today.year - chance.randint(1, 4), 1, 1) if age >= 5
        else person.birth_date,
    )  # fmt: skip
