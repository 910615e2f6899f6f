"""Sessions: secrets are kept as hashes only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, update

from portico_contracts.identity import SessionsEnded
from portico_kit.database import Transaction

from .. import domain
from .tables import account, person, session, staff

ENDED_KEPT = timedelta(days=30)
MOST_ENDED_AT_ONCE = 500
MOST_FORGOTTEN = 5000


def keep(tx: Transaction, *, secret: str, **values: Any) -> None:
    """Store a fresh session."""
    tx.execute(insert(session).values(secret_hash=domain.digest(secret), **values))


def running(tx: Transaction, secret: str, *, now: datetime) -> Row[Any] | None:
    """The session behind a secret, with its account and person, if it has not ended."""
    here = _WITH_ACCOUNT.where(
        session.c.secret_hash == domain.digest(secret), session.c.ended_at.is_(None), ~_over(now)
    )
    return tx.execute(here).one_or_none()


def seen(tx: Transaction, session_id: UUID, *, now: datetime) -> None:
    """Start the idle time anew."""
    tx.execute(update(session).where(session.c.id == session_id).values(last_seen_at=now))


def end(tx: Transaction, which: ColumnElement[bool], *, why: str, now: datetime) -> int:
    """End running sessions, and tell every gateway copy; how many."""
    ended = (
        update(session)
        .where(which, session.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
        .returning(session.c.account_id, session.c.id)
    )
    return _announce(tx, tx.execute(ended).all())


def end_others(tx: Transaction, account_id: UUID, *, why: str, now: datetime) -> int:
    """End all running sessions of an account but the one that acts now, if one does; how many."""
    others = (session.c.account_id == account_id) & (session.c.id != tx.actor.session_id)
    return end(tx, others, why=why, now=now)


def end_stale(tx: Transaction, *, now: datetime) -> int:
    """End sessions that were quiet too long or lasted too long; how many."""
    stale = (
        select(session.c.id)
        .where(session.c.ended_at.is_(None), _over(now))
        .limit(MOST_ENDED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return end(tx, session.c.id.in_(stale), why="time", now=now)


def forget_ended(tx: Transaction, *, now: datetime) -> None:
    """Drop sessions that ended long ago, some at a time."""
    old = select(session.c.id).where(session.c.ended_at < now - ENDED_KEPT).limit(MOST_FORGOTTEN)
    tx.execute(delete(session).where(session.c.id.in_(old)))


def _announce(tx: Transaction, ended: Iterable[Row[Any]]) -> int:
    by_account: dict[UUID, list[UUID]] = defaultdict(list)
    for row in ended:
        by_account[row.account_id].append(row.id)
    for account_id, ids in by_account.items():
        # An event's list is bounded by its schema.
        for first in range(0, len(ids), MOST_ENDED_AT_ONCE):
            some = tuple(ids[first : first + MOST_ENDED_AT_ONCE])
            tx.announce(SessionsEnded(account_id=account_id, session_ids=some))
    return sum(map(len, by_account.values()))


def _over(now: datetime) -> ColumnElement[bool]:
    idle = [
        and_(session.c.kind == kind, session.c.last_seen_at <= now - after)
        for kind, after in domain.IDLE.items()
    ]
    return or_(session.c.ends_at <= now, *idle)


_WITH_ACCOUNT = (
    select(
        session.c.id,
        session.c.account_id,
        session.c.kind,
        session.c.last_seen_at,
        session.c.ends_at,
        account.c.person_id,
        person.c.first_name,
        person.c.last_name,
        person.c.language,
        staff.c.roles,
        staff.c.title,
    )
    .select_from(session.join(account).join(person).outerjoin(staff))
    .where(account.c.state == "active", staff.c.left_at.is_(None))
)
