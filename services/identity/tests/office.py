"""The practice administrator at work: who joins, who leaves, and who may what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from identity import queries
from identity.commands import staff
from portico_contracts import identity as contract
from portico_kit.access import Actor
from portico_kit.sealing import TransitBox
from portico_kit.testing import keys

from .second_steps import SignedIn

NINA = "nina@cedargrove.example"


class Office(SignedIn):
    """Calls of an administrator."""

    @classmethod
    def of(cls, practice: Any, staff_id: UUID | None = None) -> Office:
        """Ruth's, who was hired for it, or that of another administrator."""
        staff_id = staff_id or practice.hire("Ruth Lindqvist", role="practice_administrator")
        roles = ("practice_administrator",)
        return cls(practice, Actor(kind="staff", account_id=staff_id, roles=roles))

    @property
    def id(self) -> UUID:
        found = self.actor.account_id
        assert found is not None
        return found

    def add(self, **details: Any) -> Any:
        """Nina Duarte, a nurse, unless told otherwise."""
        known = {"first_name": "Nina", "last_name": "Duarte", "roles": ("nurse",), "email": NINA}
        return staff.add_staff(self, contract.AddStaff(**{**known, **details}))

    def send_again(self, staff_id: UUID) -> Any:
        with self.transaction() as tx:
            asked = contract.SendJoiningLink(staff_id=staff_id)
            return staff.send_joining_link(tx, asked, now=self.now)

    def change_roles(self, staff_id: UUID, *roles: contract.Role) -> Any:
        with self.transaction() as tx:
            asked = contract.ChangeRoles(staff_id=staff_id, roles=roles)
            return staff.change_roles(tx, asked, now=self.now)

    def let_leave(self, staff_id: UUID) -> Any:
        with self.transaction() as tx:
            return staff.let_leave(tx, contract.LetLeave(staff_id=staff_id), now=self.now)

    def shown(self, staff_id: UUID) -> Any:
        with self.transaction() as tx:
            return queries.show_staff_member(tx, staff_id, now=self.now)

    def newest_link(self) -> str:
        """The token as notifications unseals it."""
        event = self.practice.announced("StaffInvited")[-1]
        box = TransitBox(keys.TRANSIT_KEY)
        return box.unseal(event["sealed_link_token"], about=UUID(event["staff_id"]))
