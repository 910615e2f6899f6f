"""Actors for tests, named for their role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..access import Actor, sign_token
from ..clock import now as this_moment
from ..ids import new_id
from .keys import TOKEN_PRIVATE_KEY


def a_patient(patient_id: UUID | None = None) -> Actor:
    """A patient signed in for their own record."""
    return Actor(
        kind="patient",
        account_id=new_id(),
        patient_id=patient_id or new_id(),
        session_id=new_id(),
    )


def staff_member(*roles: str) -> Actor:
    """Somebody of the staff with these roles."""
    return Actor(kind="staff", account_id=new_id(), roles=roles, session_id=new_id())


def a_nurse() -> Actor:
    """A nurse."""
    return staff_member("nurse")


def a_clinician() -> Actor:
    """A clinician."""
    return staff_member("clinician")


def the_front_desk() -> Actor:
    """Somebody at the front desk."""
    return staff_member("front_desk")


def an_administrator() -> Actor:
    """A practice administrator."""
    return staff_member("practice_administrator")


def token_for(actor: Actor, *, now: datetime | None = None) -> str:
    """A token as identity would sign it."""
    return sign_token(actor, TOKEN_PRIVATE_KEY, now=now or this_moment())
