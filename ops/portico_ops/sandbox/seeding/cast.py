"""Who is who: the generator's keys on one side, ids of the services on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portico_kit.access import Actor
from portico_ops.sandbox.practice import Patient, Practice
from portico_ops.sandbox.practice.model import StaffMember
from portico_ops.sandbox.seeding.ids import seed_id


@dataclass(frozen=True, kw_only=True)
class Cast:
    """The practice, when the seed was first sown, and the ids that records gave.

    `patient_ids` by the patient's key; `medication_ids` by the patient's and the medicine's.
    """

    practice: Practice
    now: datetime
    patient_ids: Mapping[str, UUID]
    medication_ids: Mapping[tuple[str, str], UUID]

    @property
    def account_holders(self) -> list[Patient]:
        """Patients who can sign in; all others have yet to be invited."""
        return [patient for patient in self.practice.patients if patient.account == "active"]

    def patient(self, key: str) -> Actor:
        """A patient who acts for themselves."""
        return Actor(kind="patient", account_id=account_id(key), patient_id=self.patient_ids[key])

    def staff(self, key: str) -> Actor:
        """A member of staff at work."""
        who = next(member for member in self.practice.staff if member.key == key)
        return Actor(kind="staff", account_id=staff_id(key), roles=who.roles)


def account_id(patient_key: str) -> UUID:
    """The id of a patient's account."""
    return seed_id("account", patient_key)


def staff_id(key: str) -> UUID:
    """The id of a staff member's account, which is their staff id."""
    return seed_id("staff", key)


def provider_id(key: str) -> UUID:
    """The id of somebody whom visits are booked with."""
    return seed_id("provider", key)


def names_of(member: StaffMember) -> tuple[str, str]:
    """First and last name so that both together read as the practice writes them."""
    words = member.name.split()
    first = 2 if words[0] == "Dr." else 1
    return " ".join(words[:first]), " ".join(words[first:])
