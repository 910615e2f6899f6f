"""Staff: joining, their roles, and leaving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from portico_kit.database import Transaction

from .. import domain
from .tables import account, login, staff


def keep(
    tx: Transaction, account_id: UUID, *, title: str, roles: Sequence[str], now: datetime
) -> None:
    """Make an account's holder staff."""
    values = {"account_id": account_id, "title": title, "roles": list(roles), "joined_at": now}
    tx.execute(insert(staff).values(values))


def hold_administrators(tx: Transaction) -> set[UUID]:
    """Those who administer the practice, held until the transaction ends: of two administrators
    who let each other go at once, the second sees what the first did."""
    present = select(staff.c.account_id).where(
        staff.c.left_at.is_(None), staff.c.roles.contains([domain.ADMINISTRATOR])
    )
    return set(tx.execute(present.order_by(staff.c.account_id).with_for_update()).scalars())


def change_roles(tx: Transaction, account_id: UUID, roles: Sequence[str]) -> None:
    """These roles in place of those before."""
    here = update(staff).where(staff.c.account_id == account_id)
    tx.execute(here.values(roles=list(roles)))


def has_signed_in(tx: Transaction, account_id: UUID) -> bool:
    """Whether anybody ever signed in to an account."""
    last = select(account.c.last_sign_in_at).where(account.c.id == account_id)
    return tx.execute(last).scalar_one() is not None


def close_account(tx: Transaction, account_id: UUID, *, now: datetime) -> bool:
    """Close it for good, and free its logins; False where it is closed already."""
    here = update(account).where(account.c.id == account_id, account.c.state == "active")
    # A sign-in under way, whose password was right a moment ago, sees that it was changed.
    closed = {"state": "closed", "password_hash": "", "password_changed_at": now}
    if not tx.execute(here.values(**closed)).rowcount:
        return False
    tx.execute(update(staff).where(staff.c.account_id == account_id).values(left_at=now))
    tx.execute(delete(login).where(login.c.account_id == account_id))
    return True
