"""Joining and leaving: colleagues get an account and a link, and who leaves has neither."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from portico_contracts import identity as contract
from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction
from portico_kit.ids import new_id
from portico_kit.sealing import TransitBox

from .. import domain, queries
from ..adapters import passwords
from ..store import people, recoveries, second_factors
from ..store import staff as store
from . import enrolment, sessions
from .helping import colleagues_account


def add_staff(call: Any, request: contract.AddStaff) -> dict[str, Any]:
    """Make the account and send the link. Raises NoRole, NoAddress, NowhereToSend, LoginTaken."""
    # Outside any transaction: hashing takes its time and must not hold a connection.
    unknown = passwords.hash_password(domain.new_secret())
    try:
        with call.transaction() as tx:
            return _join(tx, request, password_hash=unknown, now=tx.now)
    except IntegrityError:
        # Somebody took the login between our look and our write.
        raise contract.LoginTaken(field="email" if request.email else "mobile") from None


def _join(
    tx: Transaction, request: contract.AddStaff, *, password_hash: str, now: datetime
) -> dict[str, Any]:
    roles, logins, staff_id = domain.checked_roles(request.roles), _logins(request), new_id()
    _check_free(tx, logins)
    enrolment.enrol_staff(
        tx,
        staff_id=staff_id,
        first_name=request.first_name.strip(),
        last_name=request.last_name.strip(),
        title=request.title.strip(),
        roles=roles,
        email=logins["email"],
        mobile=logins["mobile"],
        language=request.language,
        zone=tx.config.practice_zone,
        password_hash=password_hash,
        now=now,
    )
    return _send_link(tx, people.account_of(tx, staff_id), now=now)


def _logins(request: contract.AddStaff) -> dict[str, str | None]:
    """The addresses in the form in which they sign in. Raises NowhereToSend, NoAddress."""
    fields = {"email": request.email, "mobile": request.mobile}
    found = {field: domain.checked_address(field, typed) for field, typed in fields.items()}
    if not any(found.values()):
        raise contract.NoAddress
    return found


def _check_free(tx: Transaction, logins: dict[str, str | None]) -> None:
    for field, login in logins.items():
        if login and people.is_login(tx, login):
            raise contract.LoginTaken(field=field)


def send_joining_link(
    tx: Transaction, request: contract.SendJoiningLink, *, now: datetime
) -> dict[str, Any]:
    """Send a fresh link. Raises NotAllowed for oneself, NotFound, NoAddress, HasSignedIn."""
    known = colleagues_account(tx, request.staff_id)
    people.hold(tx, known.account_id)
    if store.has_signed_in(tx, known.account_id):
        raise contract.HasSignedIn
    return _send_link(tx, known, now=now)


def _send_link(tx: Transaction, known: Row[Any], *, now: datetime) -> dict[str, Any]:
    if not (known.email or known.mobile):
        raise contract.NoAddress
    staff_id, token = known.account_id, domain.new_secret()
    until = recoveries.keep_joining_link(
        tx, staff_id, token, issued_by=tx.actor.account_id, now=now
    )
    channel: contract.LinkChannel = "mail" if known.email else "text"
    tx.announce(
        contract.StaffInvited(
            staff_id=staff_id,
            channel=channel,
            expires_at=until,
            sealed_link_token=TransitBox(tx.config.transit_key).seal(token, about=staff_id),
        )
    )
    tx.concerns(known.person_id)
    return {"staff_id": staff_id, "channel": channel, "expires_at": until}


def change_roles(tx: Transaction, request: contract.ChangeRoles, *, now: datetime) -> Any:
    """Other roles. Raises NotFound, NoRole, OwnAccount, LastAdministrator."""
    roles = domain.checked_roles(request.roles)
    domain.check_own_role(own=request.staff_id == tx.actor.account_id, roles=roles)
    administrators = store.hold_administrators(tx)
    known = _present(tx, request.staff_id)
    if domain.ADMINISTRATOR not in roles:
        domain.check_one_stays(administrators, without=known.account_id)
    store.change_roles(tx, known.account_id, roles)
    tx.concerns(known.person_id)
    return queries.show_staff_member(tx, known.account_id, now=now)


def let_leave(tx: Transaction, request: contract.LetLeave, *, now: datetime) -> dict[str, Any]:
    """Close an account for good. Raises NotFound, OwnAccount, LastAdministrator."""
    if request.staff_id == tx.actor.account_id:
        raise contract.OwnAccount
    administrators = store.hold_administrators(tx)
    known = _present(tx, request.staff_id)
    domain.check_one_stays(administrators, without=known.account_id)
    people.hold(tx, known.account_id)
    if not store.close_account(tx, known.account_id, now=now):
        raise NotFound
    ended = _end_what_was(tx, known, now=now)
    tx.announce(contract.StaffLeft(staff_id=known.account_id))
    tx.concerns(known.person_id)
    return {"sessions_ended": ended}


def _end_what_was(tx: Transaction, known: Row[Any], *, now: datetime) -> int:
    """Nothing that ever let them in does so again, and nobody writes to them any more."""
    account_id = known.account_id
    second_factors.remove_all(tx, account_id)
    zone = tx.config.practice_zone
    people.change_person(tx, known.person_id, zone=zone, now=now, email=None, mobile=None)
    return sessions.end_what_was(tx, account_id, why="left", ways="revoked")


def _present(tx: Transaction, staff_id: UUID) -> Row[Any]:
    known = people.active_account(tx, staff_id)
    if known is None or known.kind != "staff":
        raise NotFound
    return known
