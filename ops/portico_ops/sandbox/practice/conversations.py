"""Conversations between patients and the practice, in the words of `scripts`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portico_ops.sandbox.practice import maria
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import age_on, at, workday_before
from portico_ops.sandbox.practice.model import Conversation, Message, Patient
from portico_ops.sandbox.practice.scripts import MARIAS, SCRIPTS, Script


def conversations(
    patients: Sequence[Patient], *, seed: int, today: date
) -> tuple[Conversation, ...]:
    """Oldest first: Maria's own, then every script told by a patient who fits it."""
    chance = chance_for(seed, "conversations")
    told = [
        _tell(_maria(patients), script, number, chance, today=today)
        for number, script in enumerate(MARIAS, 1)
    ]
    writers = _writers(patients, chance, today=today)
    for number, script in enumerate(SCRIPTS, 1):
        patient = _writer(writers[script.language], script)
        told.append(_tell(patient, script, number, chance, today=today))
    return tuple(sorted(told, key=lambda each: each.messages[0].sent_at))


def _maria(patients: Sequence[Patient]) -> Patient:
    return next(patient for patient in patients if patient.key == maria.KEY)


def _writers(
    patients: Sequence[Patient], chance: random.Random, *, today: date
) -> dict[str, list[Patient]]:
    """Grown patients with a sign-in, by language, in chance's order."""
    able = [
        patient
        for patient in patients
        if patient.account == "active"
        and patient.key != maria.KEY
        and age_on(today, born=patient.birth_date) >= 18
    ]
    chance.shuffle(able)
    return {
        language: [patient for patient in able if patient.language == language]
        for language in ("en", "es")
    }


def _writer(able: list[Patient], script: Script) -> Patient:
    """The next whom the script fits; who has written goes to the end of the line."""
    patient = next(each for each in able if _fits(each, script))
    able.remove(patient)
    able.append(patient)
    return patient


def _fits(patient: Patient, script: Script) -> bool:
    has = {condition.key.removeprefix("condition-") for condition in patient.record.conditions}
    return not script.about or bool(has & set(script.about))


def _tell(
    patient: Patient, script: Script, number: int, chance: random.Random, *, today: date
) -> Conversation:
    day = workday_before(today - timedelta(days=script.days_ago))
    sent_at = at(day, 9 + number % 3, chance.randint(0, 50))
    messages = []
    for place, (author, body) in enumerate(script.lines):
        last = place == len(script.lines) - 1
        messages.append(_message(patient, author, body, sent_at, read=_is_read(script, last)))
        sent_at += timedelta(minutes=chance.randint(6, 55))
    return Conversation(
        key=f"conversation-{patient.key}-{script.name}", patient_key=patient.key,
        topic=script.topic, subject=script.subject, language=script.language,
        messages=tuple(messages), state=script.state, taken_by=script.taken_by,
    )  # fmt: skip


def _message(patient: Patient, author: str, body: str, sent_at: datetime, *, read: bool) -> Message:
    by_patient = author == "patient"
    return Message(
        sender="patient" if by_patient else "staff",
        author_key=patient.key if by_patient else author,
        body=body.format(name=patient.given),
        sent_at=sent_at,
        read=read,
    )


def _is_read(script: Script, last: bool) -> bool:
    """All but the last message has been read; the last one too, once all is done."""
    return not last or (script.state == "done" and script.read)
