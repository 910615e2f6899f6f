"""People who cannot get in: their links, the codes that staff make, and their new passwords."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from identity.commands import helping, recovery
from portico_contracts import identity as contract
from portico_kit.access import Actor
from portico_kit.sealing import TransitBox
from portico_kit.testing import keys

from .second_steps import LOGIN, SignedIn

NEW = "plum river lantern quilt"
BORN = date(1968, 3, 4)
ADDRESS = "198.51.100.7"


def ask(practice: Any, login: str = LOGIN, *, address: str = ADDRESS) -> Any:
    return recovery.ask_for_link(practice, contract.AskForLink(login=login, address=address))


def send(practice: Any) -> None:
    with practice.transaction() as tx:
        recovery.send_links(tx, now=practice.now)


def link(practice: Any, login: str = LOGIN) -> str:
    """The newest link's token, as notifications unseals it."""
    ask(practice, login)
    send(practice)
    event = practice.announced("RecoveryAsked")[-1]
    box = TransitBox(keys.TRANSIT_KEY)
    return box.unseal(event["sealed_link_token"], about=UUID(event["person_id"]))


def open_link(practice: Any, token: str) -> Any:
    with practice.transaction() as tx:
        return recovery.open_link(tx, contract.OpenLink(link=token), now=practice.now)


def choose(practice: Any, secret: str, password: str = NEW) -> Any:
    asked = contract.ChooseNewPassword(secret=secret, password=password, address=ADDRESS)
    return recovery.choose_new_password(practice, asked)


def prove(
    practice: Any,
    code: str,
    *,
    login: str = LOGIN,
    born: date | None = BORN,
    address: str = ADDRESS,
) -> Any:
    asked = contract.OpenRecoveryCode(login=login, code=code, birth_date=born, address=address)
    return recovery.open_recovery_code(practice, asked)


def code_for(practice: Any, patient_id: UUID, proof: contract.Proof = "photo_id") -> str:
    """A code that the front desk makes for a patient."""
    made = Desk(practice, practice.desk, patient_id).issue(proof)
    return str(made["code"])


class Desk(SignedIn):
    """A call of staff about a patient."""

    def __init__(self, practice: Any, actor: Actor, patient_id: UUID | None = None) -> None:
        super().__init__(practice, actor)
        self.patient_id = patient_id

    def transaction(self) -> Any:
        return self.practice.transaction(self.actor, self.patient_id)

    def issue(self, proof: contract.Proof = "photo_id") -> Any:
        return helping.issue_recovery_code(self, contract.IssueRecoveryCode(proof=proof))

    def revoke(self) -> Any:
        with self.transaction() as tx:
            return helping.revoke_recovery_code(tx)

    def issue_for_colleague(self, staff_id: UUID, proof: contract.Proof = "photo_id") -> Any:
        asked = contract.IssueStaffRecoveryCode(staff_id=staff_id, proof=proof)
        return helping.issue_staff_recovery_code(self, asked)

    def revoke_for_colleague(self, staff_id: UUID) -> Any:
        asked = contract.RevokeStaffRecoveryCode(staff_id=staff_id)
        with self.transaction() as tx:
            return helping.revoke_staff_recovery_code(tx, asked)
