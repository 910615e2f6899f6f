"""Refill requests: some answered, a few waiting for the nurses."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portico_ops.sandbox.practice import maria
from portico_ops.sandbox.practice.chance import chance_for, some_of
from portico_ops.sandbox.practice.days import at, workday_before
from portico_ops.sandbox.practice.house import PHARMACIES
from portico_ops.sandbox.practice.model import Patient, RefillRequest

NOTES = {
    "en": ("", "I have about 5 days left.", "I leave for a trip on Friday.", "Same dose, please."),
    "es": (
        "",
        "Me quedan como 5 días.",
        "Salgo de viaje el viernes.",
        "La misma dosis, gracias.",
    ),
}
ANSWERS = {
    "sent_to_pharmacy": {
        "en": "Sent to {pharmacy}. It should be ready tomorrow.",
        "es": "Enviada a {pharmacy}. Debe estar lista mañana.",
    },
    "needs_visit": {
        "en": "We need to see you before we renew this. Please book a follow-up visit.",
        "es": "Necesitamos verle antes de renovarla. Reserve una visita de seguimiento, por favor.",
    },
}
OPEN_COUNT = 4


def refill_requests(
    patients: Sequence[Patient], *, seed: int, today: date
) -> tuple[RefillRequest, ...]:
    """Oldest first. Maria asks for none: hers is the one that a visitor makes."""
    chance = chance_for(seed, "refills")
    able = [
        patient
        for patient in patients
        if patient.account == "active" and patient.key != maria.KEY and _lasting(patient)
    ]
    chosen = some_of(chance, able, min(12, len(able)))
    opens = sorted(chance.sample(range(len(chosen)), OPEN_COUNT))
    states = dict.fromkeys(opens, "asked") | {opens[0]: "working"}
    made = [
        _request(patient, chance, today=today, state=states.get(number))
        for number, patient in enumerate(chosen)
    ]
    return tuple(sorted(made, key=lambda each: each.asked_at))


def _lasting(patient: Patient) -> list[tuple[str, str]]:
    return [
        (medicine.key, medicine.name)
        for medicine in patient.record.medications
        if medicine.status == "active" and medicine.times_a_day
    ]


def _request(
    patient: Patient, chance: random.Random, *, today: date, state: str | None
) -> RefillRequest:
    is_open = state is not None
    key, name = chance.choice(_lasting(patient))
    pharmacy = chance.choice(PHARMACIES)
    asked_at = _asked_at(chance, today=today, is_open=is_open)
    status = state or _decision(chance)
    answer = ANSWERS[status][patient.language].format(pharmacy=pharmacy) if not is_open else ""
    return RefillRequest(
        key=f"refill-{patient.key}", patient_key=patient.key, medication_key=key,
        medication_name=name, pharmacy=pharmacy, asked_at=asked_at, status=status,  # type: ignore[arg-type]
        note=chance.choice(NOTES[patient.language]), answer=answer,
        decided_at=None if is_open else asked_at + timedelta(hours=chance.randint(1, 5)),
        taken_by=None if status == "asked" else "dana",
    )  # fmt: skip


def _asked_at(chance: random.Random, *, today: date, is_open: bool) -> datetime:
    days_ago = 0 if is_open else chance.randint(10, 200)
    day = workday_before(today - timedelta(days=days_ago))
    return at(day, chance.randint(9, 11), chance.randint(0, 59))


def _decision(chance: random.Random) -> str:
    return "needs_visit" if chance.random() < 0.2 else "sent_to_pharmacy"
