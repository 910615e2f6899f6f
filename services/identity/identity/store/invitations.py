"""Invitations: codes and links are kept as keyed hashes only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, update

from portico_kit.database import Transaction

from .. import domain
from .tables import invitation, person


def close_open(tx: Transaction, patient_id: UUID, *, state: str, now: datetime) -> None:
    """End the patient's open invitation, if there is one."""
    here = (invitation.c.patient_id == patient_id) & invitation.c.state.in_(domain.OPEN_STATES)
    tx.execute(update(invitation).where(here).values(state=state, closed_at=now))


def keep(tx: Transaction, *, code: str, link: str, **values: Any) -> None:
    """Store a fresh invitation."""
    hashes = {
        "code_hash": _hash(tx, domain.code_typed(code)),
        "link_hash": _hash(tx, link),
    }
    tx.execute(insert(invitation).values(state="issued", **hashes, **values))


def behind(tx: Transaction, proof: str) -> Row[Any] | None:
    """The invitation that a code or link token belongs to, with its person, locked."""
    hashed = _hash(tx, domain.code_typed(proof))
    found = or_(invitation.c.code_hash == hashed, invitation.c.link_hash == hashed)
    return tx.execute(_WITH_PERSON.where(found).with_for_update(of=invitation)).one_or_none()


def claimed(tx: Transaction, claim: str, *, now: datetime) -> Row[Any] | None:
    """The opened invitation that a claim is good for, with its person, locked."""
    here = _WITH_PERSON.where(
        invitation.c.claim_hash == domain.digest(claim),
        invitation.c.state == "opened",
        invitation.c.claim_until > now,
    )
    return tx.execute(here.with_for_update(of=invitation)).one_or_none()


def opened(tx: Transaction, invitation_id: UUID, *, claim: str, until: datetime) -> None:
    """Note that the proof was given, and what may be shown for it."""
    values = {"state": "opened", "claim_hash": domain.digest(claim), "claim_until": until}
    tx.execute(update(invitation).where(invitation.c.id == invitation_id).values(values))


def accepted(tx: Transaction, invitation_id: UUID, *, now: datetime) -> None:
    """Use an invitation up."""
    values = {"state": "accepted", "claim_hash": None, "closed_at": now}
    tx.execute(update(invitation).where(invitation.c.id == invitation_id).values(values))


def proof_failed(tx: Transaction, row: Row[Any], *, now: datetime) -> None:
    """Count a wrong proof; the fifth locks an open invitation."""
    wrong = row.wrong_proofs + 1
    values: dict[str, Any] = {"wrong_proofs": wrong}
    if wrong >= domain.WRONG_PROOFS and row.state in domain.OPEN_STATES:
        values |= {"state": "locked", "claim_hash": None, "closed_at": now}
    tx.execute(update(invitation).where(invitation.c.id == row.id).values(values))


def expire(tx: Transaction, *, now: datetime) -> int:
    """End the invitations whose time is up; how many."""
    over = invitation.c.state.in_(domain.OPEN_STATES) & (invitation.c.expires_at <= now)
    return tx.execute(
        update(invitation).where(over).values(state="expired", closed_at=now)
    ).rowcount


def _hash(tx: Transaction, proof: str) -> bytes:
    return domain.keyed(tx.config.pepper, "invitation", proof)


_WITH_PERSON = select(
    invitation.c.id,
    invitation.c.state,
    invitation.c.patient_id,
    invitation.c.wrong_proofs,
    invitation.c.expires_at,
    person.c.first_name,
    person.c.last_name,
    person.c.birth_date,
    person.c.email,
    person.c.mobile,
    person.c.language,
).join(person, person.c.id == invitation.c.patient_id)
