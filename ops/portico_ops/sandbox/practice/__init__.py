"""Cedar Grove Family Health, a practice that does not exist: the same for a seed and a day."""

from __future__ import annotations

from datetime import date

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
from portico_ops.sandbox.practice.model import Patient, Practice
from portico_ops.sandbox.practice.people import make_people
from portico_ops.sandbox.practice.refills import refill_requests
from portico_ops.sandbox.practice.statements import statements
from portico_ops.sandbox.practice.visits import past_visits

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
    appointments = [each for p in people for each in past_appointments(p, visits[p.key])]
    appointments += coming_appointments(
        people, seed=seed, today=today, diary=diary, reserved=reserved
    )
    appointments += cancelled_appointments(people, seed=seed, today=today, diary=diary)
    bills = [each for p in people for each in statements(p, visits[p.key], seed=seed, today=today)]
    return Practice(
        seed=seed, today=today, name=house.NAME, npi=house.NPI, phone=house.PHONE,
        nurse_phone=house.NURSE_PHONE, zone=house.ZONE_NAME, locations=house.LOCATIONS,
        staff=house.STAFF, providers=house.PROVIDERS, visit_types=house.VISIT_TYPES,
        hours=house.working_hours(), patients=patients,
        appointments=tuple(sorted(appointments, key=lambda each: each.starts_at)),
        conversations=conversations(patients, seed=seed, today=today),
        refills=refill_requests(patients, seed=seed, today=today),
        statements=tuple(sorted(bills, key=lambda each: each.issued_on)),
    )  # fmt: skip
