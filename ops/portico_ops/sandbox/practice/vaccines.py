"""Vaccines by age: what a child's card and an adult's list would show."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portico_ops.sandbox.practice.catalogue import care
from portico_ops.sandbox.practice.days import age_on, at, workday_from
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.record import Code, Immunization
from portico_ops.sandbox.practice.visits import PastVisit

COVID_SINCE = date(2021, 4, 1)
FLU_YEARS = 4


def immunizations(
    person: Person, visits: Sequence[PastVisit], chance: random.Random, *, today: date
) -> tuple[Immunization, ...]:
    """All doses, oldest first; none later than today, none before birth."""
    child = age_on(today, born=person.birth_date) < 18
    doses = _child_doses(person, chance) if child else _adult_doses(person, chance, today=today)
    doses += _flu(person, chance, today=today)
    given = sorted((when, vaccine) for when, vaccine in _by_time(doses) if when.date() < today)
    visit_days = {visit.encounter.starts_at.date(): visit.encounter.key for visit in visits}
    return tuple(
        Immunization(key=f"vaccine-{number:02d}", vaccine=coded, given_at=when,
                     lot=f"{chance.choice('ABCDEFGH')}{chance.randint(1000, 9999)}",
                     encounter_key=visit_days.get(when.date()))
        for number, (when, coded) in enumerate(
            ((when, _vaccine(doses, code)) for when, code in given), 1)
    )  # fmt: skip


def _by_time(doses: list[tuple[date, Code]]) -> list[tuple[datetime, str]]:
    return [(at(workday_from(day), 10, 15), vaccine.code) for day, vaccine in doses]


def _vaccine(doses: list[tuple[date, Code]], code: str) -> Code:
    return next(vaccine for _, vaccine in doses if vaccine.code == code)


def _child_doses(person: Person, chance: random.Random) -> list[tuple[date, Code]]:
    return [
        (person.birth_date + timedelta(days=round(30.44 * month) + chance.randint(0, 9)), vaccine)
        for vaccine, months in care.CHILD_VACCINES
        for month in months
    ]


def _adult_doses(person: Person, chance: random.Random, *, today: date) -> list[tuple[date, Code]]:
    doses = [(today - timedelta(days=chance.randint(200, 3300)), care.TDAP),
             (COVID_SINCE + timedelta(days=chance.randint(0, 90)), care.COVID),
             (COVID_SINCE + timedelta(days=chance.randint(250, 330)), care.COVID)]  # fmt: skip
    age = age_on(today, born=person.birth_date)
    if age >= 52:
        first = today - timedelta(days=chance.randint(250, 700))
        doses += [(first, care.ZOSTER), (first + timedelta(days=90), care.ZOSTER)]
    if age >= 66:
        doses.append((today - timedelta(days=chance.randint(100, 500)), care.PNEUMOCOCCAL))
    return doses


def _flu(person: Person, chance: random.Random, *, today: date) -> list[tuple[date, Code]]:
    """Most autumns, from six months of age."""
    first = person.birth_date + timedelta(days=190)
    autumns = [date(today.year - back, 10, 1) for back in range(FLU_YEARS)]
    days = [day + timedelta(days=chance.randint(0, 40)) for day in autumns]
    return [(day, care.FLU) for day in days if day > first and chance.random() < 0.75]
