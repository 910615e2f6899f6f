"""Appointments: one for every office visit of the past, and those to come."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from portico_ops.sandbox.practice import maria
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import ZONE, age_on, at, workday_before
from portico_ops.sandbox.practice.diary import Diary
from portico_ops.sandbox.practice.house import WORKDAYS, provider
from portico_ops.sandbox.practice.model import Appointment, Mode
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.visits import MINUTES, PastVisit

SHARE_COMING = 0.65
SHARE_TODAY = 0.3  # of those to come: the staff's day is not empty
NEXT_VISIT_WITHIN = 8  # days, for Maria's


def reserve_marias_visit(diary: Diary, *, today: date) -> tuple[datetime, datetime]:
    """9:30 on Dr. Okafor's last workday within eight days, before anyone else takes it."""
    days = [today + timedelta(days=n) for n in range(NEXT_VISIT_WITHIN, 0, -1)]
    day = next(day for day in days if day.weekday() in WORKDAYS["okafor"])
    return diary.take("okafor", at(day, 9, 30), MINUTES["check_up"])


def past_appointments(person: Person, visits: Sequence[PastVisit]) -> list[Appointment]:
    """Each office visit was once an appointment."""
    return [
        _appointment(
            person,
            f"{person.key}-{visit.encounter.key}",
            visit_type=visit.visit_type,
            times=(visit.encounter.starts_at, visit.encounter.ends_at),
            booked_days_before=2 if visit.visit_type == "problem" else 30,
            reason=visit.encounter.reason_words,
            encounter_key=visit.encounter.key,
        )
        for visit in visits
        if visit.encounter.setting == "AMB"
    ]


def coming_appointments(
    people: Sequence[Person],
    *,
    seed: int,
    today: date,
    diary: Diary,
    reserved: Mapping[str, tuple[datetime, datetime]],
) -> list[Appointment]:
    """One visit to come for most patients; `reserved` times are already in the diary."""
    coming = []
    for person in people:
        chance = chance_for(seed, person.key, "coming")
        if person.key in reserved or chance.random() < SHARE_COMING:
            times = reserved.get(person.key)
            coming.append(_coming(person, chance, times, today=today, diary=diary))
    return coming


def cancelled_appointments(
    people: Sequence[Person], *, seed: int, today: date, diary: Diary
) -> list[Appointment]:
    """A few visits that patients called off."""
    chance = chance_for(seed, "cancelled")
    chosen = chance.sample([p for p in people if p.place.account == "active"], 3)
    return [_cancelled(person, chance, today=today, diary=diary) for person in chosen]


def _coming(
    person: Person,
    chance: random.Random,
    times: tuple[datetime, datetime] | None,
    *,
    today: date,
    diary: Diary,
) -> Appointment:
    child = age_on(today, born=person.birth_date) < 18
    visit_type = "well_child" if child else chance.choice(("check_up", "follow_up"))
    if person.key == maria.KEY:
        visit_type = "check_up"
    if times is None:
        days = chance.randint(2, 55) if chance.random() > SHARE_TODAY else 0
        day = today + timedelta(days=days)
        times = diary.book(chance, provider_key=person.place.provider_key, day=day,
                           minutes=MINUTES[visit_type])  # fmt: skip
    by_video = visit_type == "follow_up" and chance.random() < 0.3
    return _appointment(
        person, f"{person.key}-coming", visit_type=visit_type, times=times,
        booked_on=workday_before(today - timedelta(days=chance.randint(1, 40))),
        mode="video" if by_video else "in_person",
        booked_by="patient" if person.place.account == "active" else "staff",
    )  # fmt: skip


def _cancelled(person: Person, chance: random.Random, *, today: date, diary: Diary) -> Appointment:
    day = today + timedelta(days=chance.randint(4, 30))
    times = diary.book(chance, provider_key=person.place.provider_key, day=day,
                       minutes=MINUTES["follow_up"])  # fmt: skip
    booked_on = workday_before(today - timedelta(days=20))
    return _appointment(
        person, f"{person.key}-cancelled", visit_type="follow_up", times=times,
        booked_on=booked_on, booked_by="patient",
        cancelled_at=at(workday_before(today - timedelta(days=chance.randint(2, 9))), 12, 5),
    )  # fmt: skip


def _appointment(
    person: Person,
    key: str,
    *,
    visit_type: str,
    times: tuple[datetime, datetime],
    booked_days_before: int = 30,
    booked_on: date | None = None,
    mode: Mode = "in_person",
    booked_by: Literal["patient", "staff"] = "staff",
    reason: str = "",
    cancelled_at: datetime | None = None,
    encounter_key: str | None = None,
) -> Appointment:
    day = booked_on or times[0].astimezone(ZONE).date() - timedelta(days=booked_days_before)
    return Appointment(
        key=key, patient_key=person.key, provider_key=person.place.provider_key,
        location_key=provider(person.place.provider_key).location_key, visit_type=visit_type,
        mode=mode, starts_at=times[0], ends_at=times[1], reason=reason, booked_by=booked_by,
        booked_at=at(day, 11, 15), cancelled_at=cancelled_at, encounter_key=encounter_key,
    )  # fmt: skip
