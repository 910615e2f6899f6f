"""What follows from illnesses and visits: diagnoses, prescriptions, allergies and plans."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from portico_ops.sandbox.practice.catalogue import care
from portico_ops.sandbox.practice.catalogue.illnesses import ILLNESSES
from portico_ops.sandbox.practice.catalogue.medicines import MEDICINES
from portico_ops.sandbox.practice.days import age_on, at, months_before, workday_before
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.record import (
    Allergy,
    CarePlan,
    Code,
    Condition,
    Medication,
    Procedure,
)
from portico_ops.sandbox.practice.visits import PastVisit


def conditions(
    person: Person, visits: Sequence[PastVisit], chance: random.Random, *, today: date
) -> tuple[Condition, ...]:
    """Lasting illnesses from before our visits, and the short ones from the visits about them."""
    found = [
        _lasting(person, illness, chance, today=today)
        for illness in person.place.illnesses
        if ILLNESSES[illness].course == "chronic"
    ]
    found += [
        _passing(visit, visit.illnesses[0])
        for visit in visits
        if visit.visit_type == "problem" and visit.encounter.setting != "EMER"
    ]
    return tuple(sorted(found, key=lambda condition: condition.onset_on))


def medications(
    person: Person, visits: Sequence[PastVisit], chance: random.Random, *, today: date
) -> tuple[Medication, ...]:
    """Lasting prescriptions, renewed lately, and the short courses of the past."""
    found = [
        _lasting_medicine(person, illness, medicine, chance, today=today)
        for illness in person.place.illnesses
        if ILLNESSES[illness].course == "chronic"
        for medicine in ILLNESSES[illness].medicines
    ]
    found += [
        _course(person, visit, medicine)
        for visit in visits
        if visit.visit_type == "problem" and visit.encounter.setting != "EMER"
        for medicine in ILLNESSES[visit.illnesses[0]].medicines
    ]
    unique = {(each.name, each.status): each for each in found}
    return tuple(sorted(unique.values(), key=lambda each: each.prescribed_at))


def prescribe(
    person: Person, name: str, *, key: str, prescribed_at: datetime,
    status: Literal["active", "stopped", "completed"], illness: str | None,
    encounter_key: str | None = None, quantity: int | None = None, days: int | None = None,
    repeats: int | None = None,
) -> Medication:  # fmt: skip
    """One prescription of a medicine in the catalogue, as usual unless told otherwise."""
    medicine = MEDICINES[name]
    return Medication(
        key=key, code=medicine.code, name=medicine.name, unit=medicine.unit,
        instructions=medicine.instructions(person.place.language),
        quantity=medicine.quantity if quantity is None else quantity,
        days=medicine.days if days is None else days,
        repeats=medicine.repeats if repeats is None else repeats,
        times_a_day=medicine.times_a_day, prescribed_at=prescribed_at, status=status,
        reason=ILLNESSES[illness].snomed if illness else None,
        provider_key=person.place.provider_key, encounter_key=encounter_key,
    )  # fmt: skip


def allergies(person: Person, chance: random.Random, *, today: date) -> tuple[Allergy, ...]:
    """None for most, one for some."""
    if chance.random() > 0.4:
        return ()
    drugs = {m for i in person.place.illnesses for m in ILLNESSES[i].medicines}
    # Nobody is given what they are allergic to: amoxicillin is a penicillin, furosemide a sulfa.
    clashing = {"penicillin": "amoxicillin_liquid", "sulfa": "furosemide"}
    names = [name for name in care.ALLERGIES if clashing.get(name) not in drugs]
    return (allergy(chance.choice(names), noted_on=_long_ago(person, chance, today=today)),)


def allergy(name: str, *, noted_on: date) -> Allergy:
    """One allergy of the catalogue."""
    substance, category, criticality, reaction, severity = care.ALLERGIES[name]
    return Allergy(
        key=f"allergy-{name}", substance=substance, category=category,  # type: ignore[arg-type]
        criticality=criticality, reaction=reaction, severity=severity,  # type: ignore[arg-type]
        noted_on=noted_on,
    )  # fmt: skip


def procedures(person: Person, visits: Sequence[PastVisit]) -> tuple[Procedure, ...]:
    """What was done at the visits."""
    done = [each for visit in visits for each in _done_at(person, visit)]
    adults = [visit for visit in visits if visit.visit_type == "check_up"]
    if adults and 50 <= age_on(adults[0].encounter.starts_at.date(), born=person.birth_date) < 76:
        done.append(_procedure(adults[0], "colonoscopy", care.COLONOSCOPY, minutes=45))
    return tuple(sorted(done, key=lambda each: each.starts_at))


def care_plans(
    person: Person, visits: Sequence[PastVisit], found: Sequence[Condition]
) -> tuple[CarePlan, ...]:
    """A plan for each lasting illness that has one."""
    plans = []
    for illness in person.place.illnesses:
        plan = ILLNESSES[illness].plan
        condition = next((c for c in found if c.key == f"condition-{illness}"), None)
        first = next((v for v in visits if illness in v.illnesses), None)
        if plan and condition and first:
            plans.append(CarePlan(
                key=f"plan-{illness}", category=care.PLAN_KINDS[plan[0]],
                activities=tuple(care.PLAN_STEPS[step] for step in plan[1]),
                started_on=first.encounter.starts_at.date(), condition_key=condition.key,
                encounter_key=first.encounter.key))  # fmt: skip
    return tuple(plans)


def _lasting(person: Person, illness: str, chance: random.Random, *, today: date) -> Condition:
    return Condition(
        key=f"condition-{illness}", snomed=ILLNESSES[illness].snomed,
        icd10=ILLNESSES[illness].icd10, onset_on=_long_ago(person, chance, today=today),
        resolved_on=None, encounter_key=None,
    )  # fmt: skip


def _passing(visit: PastVisit, illness: str) -> Condition:
    began = visit.encounter.starts_at.date()
    return Condition(
        key=f"condition-{illness}-{visit.encounter.key}", snomed=ILLNESSES[illness].snomed,
        icd10=ILLNESSES[illness].icd10, onset_on=began - timedelta(days=2),
        resolved_on=began + timedelta(days=14), encounter_key=visit.encounter.key,
    )  # fmt: skip


def _lasting_medicine(
    person: Person, illness: str, name: str, chance: random.Random, *, today: date
) -> Medication:
    """Filled within its last supply, so that the patient has some left."""
    days = MEDICINES[name].days
    filled = workday_before(today - timedelta(days=chance.randint(3, max(4, days - 8))))
    return prescribe(
        person, name, key=f"medicine-{name}", status="active", illness=illness,
        prescribed_at=at(filled, chance.randint(9, 16), chance.choice((0, 10, 25, 40))),
    )  # fmt: skip


def _course(person: Person, visit: PastVisit, name: str) -> Medication:
    return prescribe(
        person, name, key=f"medicine-{name}-{visit.encounter.key}", status="completed",
        illness=visit.illnesses[0], prescribed_at=visit.encounter.ends_at,
        encounter_key=visit.encounter.key,
    )  # fmt: skip


def _done_at(person: Person, visit: PastVisit) -> list[Procedure]:
    if visit.encounter.setting == "IMP":
        return [_procedure(visit, "chest-x-ray", care.CHEST_X_RAY, minutes=20)]
    if visit.visit_type == "check_up":
        done = [_procedure(visit, "medicines", care.MEDICATION_REVIEW, minutes=5),
                _procedure(visit, "mood", care.DEPRESSION_SCREEN, minutes=5)]  # fmt: skip
        if "atrial_fibrillation" in person.place.illnesses:
            done.append(_procedure(visit, "heart", care.ELECTROCARDIOGRAM, minutes=10))
        return done
    if "asthma" in visit.illnesses and visit.visit_type == "well_child":
        return [_procedure(visit, "breathing", care.SPIROMETRY, minutes=10)]
    return []


def _procedure(visit: PastVisit, name: str, code: Code, *, minutes: int) -> Procedure:
    starts_at = visit.encounter.starts_at
    return Procedure(
        key=f"procedure-{name}-{visit.encounter.key}", code=code, starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes), encounter_key=visit.encounter.key,
    )  # fmt: skip


def _long_ago(person: Person, chance: random.Random, *, today: date) -> date:
    """Some day between three and nine years ago, yet not before the patient was one."""
    day = months_before(today, chance.randint(38, 108))
    return max(day, person.birth_date + timedelta(days=chance.randint(370, 600)))
