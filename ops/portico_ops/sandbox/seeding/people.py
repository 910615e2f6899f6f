"""Identity: staff and patients who can sign in, with how to reach them."""

from __future__ import annotations

from datetime import datetime, timedelta

from identity.adapters.passwords import hash_password
from identity.commands.enrolment import enrol_patient, enrol_staff
from identity.store.people import has_account
from portico_ops.sandbox.practice import Patient
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.house import SIGN_IN_PASSWORD
from portico_ops.sandbox.practice.model import StaffMember
from portico_ops.sandbox.seeding.cast import Cast, account_id, names_of, staff_id
from portico_ops.sandbox.seeding.hands import Hands, hands
from portico_ops.sandbox.seeding.stores import Stores

OLDEST = 420  # days: how long ago the first of them joined


def enrol(stores: Stores, cast: Cast) -> None:
    """Give everyone an account, once. How to reach them is announced: others must know it."""
    with hands(stores.identity) as at_work:
        if has_account(at_work.of(at=cast.now), staff_id(cast.practice.staff[0].key)):
            return
        password_hash = hash_password(SIGN_IN_PASSWORD)  # one for all: hashing is slow on purpose
        for member in cast.practice.staff:
            _enrol_staff(at_work, cast, member, password_hash=password_hash)
        for patient in cast.account_holders:
            _enrol_patient(at_work, cast, patient, password_hash=password_hash)


def _enrol_staff(at_work: Hands, cast: Cast, member: StaffMember, *, password_hash: str) -> None:
    first_name, last_name = names_of(member)
    enrol_staff(
        at_work.of(at=cast.now, without_events=False),
        staff_id=staff_id(member.key),
        first_name=first_name,
        last_name=last_name,
        title=member.title,
        roles=member.roles,
        email=member.email,
        mobile=None,
        language="en",
        zone=cast.practice.zone,
        password_hash=password_hash,
        now=cast.now - timedelta(days=OLDEST),
    )


def _enrol_patient(at_work: Hands, cast: Cast, patient: Patient, *, password_hash: str) -> None:
    patient_id = cast.patient_ids[patient.key]
    enrol_patient(
        at_work.of(at=cast.now, patient_id=patient_id, without_events=False),
        account_id=account_id(patient.key),
        patient_id=patient_id,
        first_name=patient.given,
        last_name=patient.family,
        birth_date=patient.birth_date,
        email=patient.email,
        mobile=patient.phone,
        language=patient.language,
        zone=cast.practice.zone,
        password_hash=password_hash,
        now=_joined_at(cast, patient),
    )


def _joined_at(cast: Cast, patient: Patient) -> datetime:
    chance = chance_for(cast.practice.seed, patient.key, "joined")
    return cast.now - timedelta(days=chance.randint(OLDEST - 180, OLDEST))
