"""Giving people accounts without an invitation: staff, and the sandbox's patients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from portico_contracts import identity as contract
from portico_kit.database import Transaction

from .. import domain
from ..store import people
from ..store import staff as members


def enrol_staff(
    tx: Transaction,
    *,
    staff_id: UUID,
    first_name: str,
    last_name: str,
    title: str,
    roles: Sequence[contract.Role],
    email: str | None,
    mobile: str | None,
    language: str,
    zone: str,
    password_hash: str,
    now: datetime,
) -> None:
    """Give a staff member an account; its id is their staff id.

    The logins are the e-mail address and the mobile number. ``password_hash`` is one of
    ``adapters.passwords.hash_password``. sqlalchemy.exc.IntegrityError where one is taken.
    """
    email, mobile = domain.checked_address("email", email), domain.checked_address("mobile", mobile)
    people.keep_person(
        tx,
        person_id=staff_id,
        kind="staff",
        first_name=first_name,
        last_name=last_name,
        birth_date=None,
        email=email,
        mobile=mobile,
        language=language,
        zone=zone,
        now=now,
    )
    people.open_account(
        tx,
        account_id=staff_id,
        person_id=staff_id,
        kind="staff",
        password_hash=password_hash,
        logins=[value for value in (email, mobile) if value],
        now=now,
    )
    members.keep(tx, staff_id, title=title, roles=roles, now=now)


def enrol_patient(
    tx: Transaction,
    *,
    account_id: UUID,
    patient_id: UUID,
    first_name: str,
    last_name: str,
    birth_date: date,
    email: str | None,
    mobile: str | None,
    language: str,
    zone: str,
    password_hash: str,
    now: datetime,
) -> None:
    """Give a patient an account without an invitation, as the sandbox does.

    The logins are the e-mail address and the mobile number. ``password_hash`` is one of
    ``adapters.passwords.hash_password``.
    """
    email, mobile = domain.checked_address("email", email), domain.checked_address("mobile", mobile)
    people.keep_person(
        tx,
        person_id=patient_id,
        kind="patient",
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        email=email,
        mobile=mobile,
        language=language,
        zone=zone,
        now=now,
    )
    people.open_account(
        tx,
        account_id=account_id,
        person_id=patient_id,
        kind="patient",
        password_hash=password_hash,
        logins=[value for value in (email, mobile) if value],
        now=now,
    )
