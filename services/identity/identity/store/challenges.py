"""Challenges: what a right password earns while the second step is due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from portico_kit.database import Transaction

from .. import domain
from .tables import challenge


def keep(tx: Transaction, secret: str, *, account_id: UUID, device: str, until: datetime) -> None:
    """Store a fresh challenge."""
    values = {"account_id": account_id, "device": device, "expires_at": until}
    tx.execute(insert(challenge).values(secret_hash=domain.digest(secret), **values))


def account_behind(
    tx: Transaction, secret: str, *, device: str | None, now: datetime
) -> UUID | None:
    """Whose second step a challenge is good for, on the device that it was given to."""
    here = select(challenge.c.account_id).where(
        challenge.c.secret_hash == domain.digest(secret), challenge.c.expires_at > now
    )
    if device is not None:
        here = here.where(challenge.c.device == device)
    return tx.execute(here).scalar_one_or_none()


def use(tx: Transaction, secret: str) -> bool:
    """Use a challenge up; False where another use was quicker."""
    one = delete(challenge).where(challenge.c.secret_hash == domain.digest(secret))
    return tx.execute(one).rowcount == 1


def forget_of(tx: Transaction, account_id: UUID) -> None:
    """Drop those of an account: the password that earned them is no longer its own."""
    tx.execute(delete(challenge).where(challenge.c.account_id == account_id))


def forget_old(tx: Transaction, *, now: datetime) -> None:
    """Drop those that nobody answered in time."""
    tx.execute(delete(challenge).where(challenge.c.expires_at <= now))
