"""Cedar Grove Family Health, a practice that does not exist: the same for a seed and a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.appointments import (
    cancelled_appointments,
    coming_appointments,
    past_appointments,
    reserve_marias_visit,
)
from portico_ops.sandbox.practice.conversations import conversations
from portico_ops.sandbox.practice.diary import Diary
from portico_ops.sandbox.practice.fhir.bundle import bundle_for, held_bundle_for
from portico_ops.sandbox.practice.history import make_patient
from portico_ops.sandbox.practice.maria import KEY as MARIA
from portico_ops.sandbox.practice.model import Appointment, Patient, Practice
from portico_ops.sandbox.practice.people import Person, make_people
from portico_ops.sandbox.practice.refills import refill_requests
from portico_ops.sandbox.practice.statements import statements
from portico_ops.sandbox.practice.visits import PastVisit, past_visits

__all__ = ["Patient", "Practice", "bundle_for", "generate", "held_bundle_for"]


def generate(seed: int = 20260101, *, today: date, hold_newest_a1c: bool = True) -> Practice:
    """The whole practice on the morning of `today` (a day in its own zone).

    With `hold_newest_a1c`, Maria's newest A1C still waits for Dr. Okafor to release it.
    """
    diary = Diary()
    reserved = {MARIA: reserve_marias_visit(diary, today=today)}
    people = make_people(seed=seed, today=today)
    visits = {
        person.key: past_visits(person, seed=seed, today=today, diary=diary) for person in people
    }
    patients = tuple(
        make_patient(person, visits[person.key], seed=seed, today=today,
                     hold_newest=hold_newest_a1c)
        for person in people
    )  # fmt: skip
    bills = [each for p in people for each in statements(p, visits[p.key], seed=seed, today=today)]
    return Practice(
        seed=seed, today=today, name=house.NAME, npi=house.NPI, phone=house.PHONE,
        nurse_phone=house.NURSE_PHONE, zone=house.ZONE_NAME, locations=house.LOCATIONS,
        staff=house.STAFF, providers=house.PROVIDERS, visit_types=house.VISIT_TYPES,
        hours=house.working_hours(), patients=patients,
        appointments=_appointments(people, visits, reserved, seed=seed, today=today, diary=diary),
        conversations=conversations(patients, seed=seed, today=today),
        refills=refill_requests(patients, seed=seed, today=today),
        statements=tuple(sorted(bills, key=lambda each: each.issued_on)),
    )  # fmt: skip


def _appointments(
    people: Sequence[Person],
    visits: Mapping[str, tuple[PastVisit, ...]],
    reserved: Mapping[str, tuple[datetime, datetime]],
    *,
    seed: int,
    today: date,
    diary: Diary,
) -> tuple[Appointment, ...]:
    """All of them, by their time. Called-off visits come last into the diary: they yield."""
    made = [
        *(each for p in people for each in past_appointments(p, visits[p.key])),
        *coming_appointments(people, seed=seed, today=today, diary=diary, reserved=reserved),
        *cancelled_appointments(people, seed=seed, today=today, diary=diary),
    ]
    return tuple(sorted(made, key=lambda each: each.starts_at))
