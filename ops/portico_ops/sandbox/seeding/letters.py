"""Messaging: conversations and refill requests, replayed as people wrote and took them."""

from __future__ import annotations

from messaging.store.people import save_person
from messaging.store.requests import read_request
from portico_contracts.refusal import NotFound
from portico_ops.sandbox.seeding.cast import Cast, staff_id
from portico_ops.sandbox.seeding.hands import Hands, hands
from portico_ops.sandbox.seeding.refills import ask_again
from portico_ops.sandbox.seeding.stores import Stores
from portico_ops.sandbox.seeding.telling import Telling


def keep_letters(stores: Stores, cast: Cast) -> None:
    """Write it all, once."""
    told = [Telling(cast, conversation) for conversation in cast.practice.conversations]
    with hands(stores.messaging) as at_work:
        try:
            read_request(at_work.of(at=cast.now), told[0].request_id)
        except NotFound:
            _remember_people(at_work, cast)
            for each in told:
                each.tell(at_work)
            for refill in cast.practice.refills:
                ask_again(at_work, cast, refill)


def _remember_people(at_work: Hands, cast: Cast) -> None:
    """Names, at once: identity announces them too, as soon as the relay runs."""
    tx = at_work.of(at=cast.now)
    for member in cast.practice.staff:
        save_person(
            tx, person_id=staff_id(member.key), kind="staff", name=member.name, language="en"
        )
    for patient in cast.account_holders:
        save_person(
            tx, person_id=cast.patient_ids[patient.key], kind="patient", name=patient.name,
            language=patient.language,
        )  # fmt: skip
