"""Which visits a patient had over the last three years, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from portico_ops.sandbox.practice.catalogue import care
from portico_ops.sandbox.practice.catalogue.illnesses import COMMON, ILLNESSES
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import age_on, at, months_before
from portico_ops.sandbox.practice.diary import Diary
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.record import Code, Encounter

CHRONIC_MONTHS = (36, 30, 24, 18, 12, 6)
HEALTHY_MONTHS = (36, 24, 12)
SMALL_CHILD_MONTHS = (1, 2, 4, 6, 12, 15, 18, 24)  # of age


@dataclass(frozen=True, kw_only=True)
class PastVisit:
    """One visit that took place; `illnesses` are what it was about."""

    encounter: Encounter
    visit_type: str
    illnesses: tuple[str, ...]
    panels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A visit before it has a time."""

    day: date
    visit_type: str
    illnesses: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    setting: Literal["AMB", "IMP", "EMER"] = "AMB"


MINUTES = {"check_up": 30, "well_child": 30, "problem": 15, "follow_up": 15}
KINDS: dict[str, Code] = {
    "check_up": care.CHECK_UP,
    "well_child": care.WELL_CHILD,
    "problem": care.PROBLEM,
    "follow_up": care.FOLLOW_UP,
}


def past_visits(person: Person, *, seed: int, today: date, diary: Diary) -> tuple[PastVisit, ...]:
    """All visits, oldest first, each at a time of its own in the diary."""
    chance = chance_for(seed, person.key, "visits")
    plans = [*_regular(person, chance, today=today), *_unplanned(person, chance, today=today)]
    visits = [
        _hold(person, plan, number, chance=chance, diary=diary)
        for number, plan in enumerate(sorted(plans, key=lambda plan: plan.day), 1)
    ]
    return tuple(sorted(visits, key=lambda visit: visit.encounter.starts_at))


def _regular(person: Person, chance: random.Random, *, today: date) -> list[Plan]:
    chronic = tuple(i for i in person.place.illnesses if ILLNESSES[i].course == "chronic")
    if age_on(today, born=person.birth_date) < 18:
        return _child_visits(person, chance, chronic, today=today)
    panels = tuple(dict.fromkeys(p for i in chronic for p in ILLNESSES[i].panels))
    months = CHRONIC_MONTHS if panels else HEALTHY_MONTHS
    return [
        Plan(
            day=months_before(today, month) + timedelta(days=chance.randint(-12, 12)),
            visit_type="check_up" if month % 12 == 0 else "follow_up",
            illnesses=chronic,
            panels=_with_yearly(panels) if month % 12 == 0 else panels,
        )
        for month in months
    ]


def _child_visits(
    person: Person, chance: random.Random, chronic: tuple[str, ...], *, today: date
) -> list[Plan]:
    born = person.birth_date
    birthdays = [born + timedelta(days=round(30.44 * month)) for month in SMALL_CHILD_MONTHS]
    birthdays += [date(born.year + age, born.month, min(born.day, 28)) for age in range(3, 18)]
    days = [day + timedelta(days=chance.randint(3, 20)) for day in birthdays]
    oldest = months_before(today, 37)
    return [
        Plan(day=day, visit_type="well_child", illnesses=chronic)
        for day in days
        if oldest < day < today - timedelta(days=7)
    ]


def _unplanned(person: Person, chance: random.Random, *, today: date) -> list[Plan]:
    plans = [
        plan
        for illness in person.place.illnesses
        if ILLNESSES[illness].course != "chronic"
        for plan in _episode(illness, chance, today=today)
    ]
    if person.place.seen_days_ago:
        day = today - timedelta(days=person.place.seen_days_ago)
        plans.append(Plan(day=day, visit_type="follow_up", illnesses=person.place.illnesses))
    elif chance.random() < 0.45:
        day = today - timedelta(days=chance.randint(20, 300))
        child = age_on(today, born=person.birth_date) < 18
        illness = "cold" if child else chance.choice(COMMON)
        plans.append(Plan(day=day, visit_type="problem", illnesses=(illness,)))
    return plans


def _episode(illness: str, chance: random.Random, *, today: date) -> list[Plan]:
    panels = ILLNESSES[illness].panels
    if ILLNESSES[illness].course == "acute":
        day = today - timedelta(days=chance.randint(20, 280))
        return [Plan(day=day, visit_type="problem", illnesses=(illness,), panels=panels)]
    day = today - timedelta(days=chance.randint(60, 240))
    return [
        Plan(day=day, visit_type="problem", illnesses=(illness,), setting="EMER"),
        Plan(day=day, visit_type="problem", illnesses=(illness,), panels=panels, setting="IMP"),
        Plan(day=day + timedelta(days=chance.randint(12, 16)), visit_type="follow_up",
             illnesses=(illness,)),
    ]  # fmt: skip


def _hold(
    person: Person, plan: Plan, number: int, *, chance: random.Random, diary: Diary
) -> PastVisit:
    key = f"visit-{number:02d}"
    encounter = (
        _office_visit(person, plan, key, chance=chance, diary=diary)
        if plan.setting == "AMB"
        else _hospital_visit(person, plan, key)
    )
    return PastVisit(encounter=encounter, visit_type=plan.visit_type, illnesses=plan.illnesses,
                     panels=plan.panels)  # fmt: skip


def _office_visit(
    person: Person, plan: Plan, key: str, *, chance: random.Random, diary: Diary
) -> Encounter:
    provider_key = person.place.provider_key
    starts_at, ends_at = diary.book(
        chance, provider_key=provider_key, day=plan.day, minutes=MINUTES[plan.visit_type],
        going=-1,
    )  # fmt: skip
    return Encounter(
        key=key, kind=KINDS[plan.visit_type], setting="AMB", starts_at=starts_at,
        ends_at=ends_at, provider_key=provider_key, reason=_reason(plan),
        reason_words=_reason_words(plan, person),
    )  # fmt: skip


def _hospital_visit(person: Person, plan: Plan, key: str) -> Encounter:
    """An emergency on the first day, then a stay of four nights."""
    emergency = plan.setting == "EMER"
    starts_at = at(plan.day, 19 if emergency else 23)
    ends_at = at(plan.day, 23) if emergency else at(plan.day + timedelta(days=4), 11)
    return Encounter(
        key=key, kind=care.EMERGENCY if emergency else care.HOSPITAL_STAY, setting=plan.setting,
        starts_at=starts_at, ends_at=ends_at, provider_key=person.place.provider_key,
        reason=_reason(plan), reason_words=_reason_words(plan, person),
    )  # fmt: skip


def _reason(plan: Plan) -> Code | None:
    return ILLNESSES[plan.illnesses[0]].snomed if plan.illnesses else None


def _reason_words(plan: Plan, person: Person) -> str:
    if plan.visit_type != "problem" or not plan.illnesses:
        return ""
    illness = ILLNESSES[plan.illnesses[0]]
    return illness.words_es if person.place.language == "es" else illness.words_en


def _with_yearly(panels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*panels, "cbc", "cmp", "lipids")))
