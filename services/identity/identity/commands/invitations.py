"""Inviting patients, and how they come in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from portico_contracts import identity as contract
from portico_kit.database import Transaction
from portico_kit.ids import new_id
from portico_kit.sealing import TransitBox

from .. import domain
from ..adapters import passwords
from ..adapters.common_passwords import common_passwords
from ..store import invitations, people, tries
from . import sessions


def issue_invitation(
    tx: Transaction, request: contract.IssueInvitation, *, now: datetime
) -> dict[str, Any]:
    """Invite a patient in place of any earlier open invitation.

    Raises AlreadyEnrolled, NowhereToSend.
    """
    email = domain.checked_address("email", request.email)
    mobile = domain.checked_address("mobile", request.mobile)
    people.keep_person(
        tx,
        person_id=tx.patient_id,
        kind="patient",
        first_name=request.first_name,
        last_name=request.last_name,
        birth_date=request.birth_date,
        email=email,
        mobile=mobile,
        language=request.language,
        zone=tx.config.practice_zone,
        now=now,
    )
    invitations.close_open(tx, tx.patient_id, state="replaced", now=now)
    # Only now: the row of an invitation that is being accepted right now has been waited for.
    if people.has_account(tx, tx.patient_id):
        raise contract.AlreadyEnrolled
    channels = domain.channels_of(email=email, mobile=mobile)
    return _issue(tx, channels=channels, language=request.language, now=now)


def _issue(
    tx: Transaction, *, channels: list[domain.Channel], language: str, now: datetime
) -> dict[str, Any]:
    invitation_id, code, link = new_id(), domain.new_code(), domain.new_secret()
    expires_at = now + domain.INVITATION_LASTS
    invitations.keep(
        tx,
        id=invitation_id,
        patient_id=tx.patient_id,
        code=code,
        link=link,
        channels=channels,
        issued_by=tx.actor.account_id,
        issued_at=now,
        expires_at=expires_at,
    )
    # Without an address there is nothing to send: the desk hands the code over on paper.
    if channels:
        box = TransitBox(tx.config.transit_key)
        tx.announce(
            contract.InvitationIssued(
                invitation_id=invitation_id,
                patient_id=tx.patient_id,
                channels=tuple(channels),
                language=language,
                expires_at=expires_at,
                sealed_code=box.seal(code, about=tx.patient_id),
                sealed_link_token=box.seal(link, about=tx.patient_id),
            )
        )
    return {
        "invitation_id": invitation_id,
        "code": code,
        "expires_at": expires_at,
        "channels": channels,
    }


def open_invitation(call: Any, request: contract.OpenInvitation) -> dict[str, Any]:
    """Prove who one is by code (or link) and birth date. Raises RefusedProof, TooManyTries.

    Refusals are raised outside the transaction: the failed try must stay counted.
    """
    with call.transaction() as tx:
        wait = tries.address_held(tx, request.address, now=tx.now)
        opened = None if wait else _open(tx, request, now=tx.now)
        if not (wait or opened):
            tries.count_address(tx, request.address, now=tx.now)
    if wait:
        raise contract.TooManyTries(seconds=wait)
    if opened is None:
        raise contract.RefusedProof
    return opened


def _open(
    tx: Transaction, request: contract.OpenInvitation, *, now: datetime
) -> dict[str, Any] | None:
    row = invitations.behind(tx, request.code)
    if row is None:
        return None
    if not domain.proof_holds(row._mapping, birth_date=request.birth_date, now=now):
        invitations.proof_failed(tx, row, now=now)
        return None
    claim, until = domain.new_secret(), now + domain.CLAIM_LASTS
    invitations.opened(tx, row.id, claim=claim, until=until)
    return {
        "claim": claim,
        "until": until,
        "first_name": row.first_name,
        "language": row.language,
        "email_hint": domain.email_hint(row.email),
        "mobile_hint": domain.mobile_hint(row.mobile),
        "needs": ["login", "password"],
    }


def accept_invitation(call: Any, request: contract.AcceptInvitation) -> dict[str, Any]:
    """Make the account and sign in. Raises ClaimEnded, RefusedLogin, WeakPassword."""
    login = domain.new_login_of(request.login)
    row = _claimed(call, request, login=login)
    about = (row.first_name, row.last_name, row.email or "", login)
    domain.check_password(request.password, common=common_passwords(), about=about)
    # Outside any transaction: hashing takes its time and must not hold a connection.
    hashed = passwords.hash_password(domain.password_typed(request.password))
    try:
        with call.transaction() as tx:
            return _accept(tx, request, login=login, password_hash=hashed, now=tx.now)
    except IntegrityError:
        # Somebody took the login, or the same claim was used, between our look and our write.
        raise contract.RefusedLogin(reason="taken") from None


def _claimed(call: Any, request: contract.AcceptInvitation, *, login: str) -> Row[Any]:
    with call.transaction() as tx:
        row = invitations.claimed(tx, request.claim, now=tx.now)
        taken = row is not None and people.is_login(tx, login)
        if row is not None and taken:
            # Counted, so that a claim cannot be used to ask who has an account.
            invitations.proof_failed(tx, row, now=tx.now)
    if row is None:
        raise contract.ClaimEnded
    if taken:
        raise contract.RefusedLogin(reason="taken")
    return row


def _accept(
    tx: Transaction,
    request: contract.AcceptInvitation,
    *,
    login: str,
    password_hash: str,
    now: datetime,
) -> dict[str, Any]:
    row = invitations.claimed(tx, request.claim, now=now)
    if row is None:
        raise contract.ClaimEnded
    invitations.accepted(tx, row.id, now=now)
    account_id = new_id()
    people.open_account(
        tx,
        account_id=account_id,
        person_id=row.patient_id,
        kind="patient",
        password_hash=password_hash,
        logins=[login],
        now=now,
    )
    _fill_contact(tx, row, login=login, now=now)
    tx.announce(contract.AccountActivated(account_id=account_id, patient_id=row.patient_id))
    return sessions.start(tx, account_id=account_id, kind="patient", device=request.device, now=now)


def _fill_contact(tx: Transaction, row: Row[Any], *, login: str, now: datetime) -> None:
    """A login of a kind that we had no address of becomes that address."""
    field = "email" if "@" in login else "mobile"
    if getattr(row, field) is None:
        people.change_person(
            tx, row.patient_id, zone=tx.config.practice_zone, now=now, **{field: login}
        )


def expire_invitations(tx: Transaction, *, now: datetime) -> None:
    """End invitations whose time is up."""
    invitations.expire(tx, now=now)
