"""Helping somebody back in who has lost phone and codes: staff make a code, and see no password."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_contracts.refusal import NotAllowed, NotFound
from portico_kit.database import Transaction

from .. import domain
from ..store import people, recoveries, tries


def issue_recovery_code(call: Any, request: contract.IssueRecoveryCode) -> dict[str, Any]:
    """Make a code for a patient. Raises NoAccount."""
    with call.transaction() as tx:
        return _issue(tx, patients_account(tx), proof=request.proof, now=tx.now)


def issue_staff_recovery_code(
    call: Any, request: contract.IssueStaffRecoveryCode
) -> dict[str, Any]:
    """Make a code for a colleague. Raises NotAllowed, NotFound."""
    with call.transaction() as tx:
        known = colleagues_account(tx, request.staff_id)
        return _issue(tx, known, proof=request.proof, now=tx.now)


def revoke_recovery_code(tx: Transaction) -> dict[str, Any]:
    """End a patient's open code. Raises NoAccount."""
    return _revoke(tx, patients_account(tx), now=tx.now)


def revoke_staff_recovery_code(
    tx: Transaction, request: contract.RevokeStaffRecoveryCode
) -> dict[str, Any]:
    """End a colleague's open code. Raises NotAllowed, NotFound."""
    return _revoke(tx, colleagues_account(tx, request.staff_id), now=tx.now)


def patients_account(tx: Transaction) -> Row[Any]:
    """The account of the patient whom the call is about. Raises NoAccount."""
    known = people.account_of_person(tx, tx.patient_id)
    if known is None or known.kind != "patient":
        raise contract.NoAccount
    return known


def colleagues_account(tx: Transaction, staff_id: UUID) -> Row[Any]:
    """Another staff member's account. Raises NotAllowed for one's own, NotFound."""
    if staff_id == tx.actor.account_id:
        raise NotAllowed
    known = people.active_account(tx, staff_id)
    if known is None or known.kind != "staff":
        raise NotFound
    return known


def _issue(
    tx: Transaction, known: Row[Any], *, proof: contract.Proof, now: datetime
) -> dict[str, Any]:
    people.hold(tx, known.account_id)
    code = domain.new_code()
    until = recoveries.keep_code(
        tx, known.account_id, code, proof=proof, issued_by=tx.actor.account_id, now=now
    )
    tries.clear(tx, known.account_id, "codes")
    _note(tx, known)
    tx.by_way_of(proof)
    # Numbers begin with a plus and so come first: the last one is the address, if there is any.
    logins = people.logins_of(tx, known.account_id) or [""]
    return {"code": code, "login": logins[-1], "expires_at": until}


def _revoke(tx: Transaction, known: Row[Any], *, now: datetime) -> dict[str, Any]:
    people.hold(tx, known.account_id)
    ended = recoveries.close_open(tx, known.account_id, way="code", state="revoked", now=now)
    _note(tx, known)
    return {"revoked": ended}


def _note(tx: Transaction, known: Row[Any]) -> None:
    """The ledger says whose account it was: a colleague's too, who is nobody's patient here."""
    tx.concerns(known.person_id)
