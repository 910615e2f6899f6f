"""What people are called: copied from what identity announces."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_kit.database import Transaction

from .tables import person

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def save_person(tx: Transaction, *, person_id: UUID, kind: str, name: str, language: str) -> None:
    """Remember what someone is called and which language they read.

    As of the event at hand, or now: an older event that arrives later changes nothing.
    """
    changed_at = tx.envelope.occurred_at if tx.envelope else tx.now
    values = {"kind": kind, "name": name, "language": language, "changed_at": changed_at}
    newer = person.c.changed_at <= changed_at
    statement = upsert(person).values(id=person_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))


def name_of(tx: Transaction, person_id: UUID) -> str | None:
    """A person's name, once identity has announced it."""
    found: str | None = tx.execute(select(person.c.name).where(person.c.id == person_id)).scalar()
    return found


def is_staff(tx: Transaction, person_id: UUID) -> bool:
    """Whether identity has announced this person as a member of staff who works here still.

    They cannot leave before the transaction ends.
    """
    here = (person.c.id == person_id) & person.c.left_at.is_(None)
    return tx.execute(select(person.c.kind).where(here).with_for_update(read=True)).scalar() == (
        "staff"
    )


def has_left(tx: Transaction, person_id: UUID) -> bool:
    """Whether somebody worked here once. Nobody leaves before the transaction ends."""
    wanted = select(person.c.left_at).where(person.c.id == person_id)
    return tx.execute(wanted.with_for_update(read=True)).scalar() is not None


def note_left(tx: Transaction, person_id: UUID, *, now: datetime) -> None:
    """Remember that somebody left; their name, if it is not known yet, may come later."""
    unknown = {"kind": "staff", "name": "", "language": "en", "changed_at": LONG_AGO}
    statement = upsert(person).values(id=person_id, left_at=now, **unknown)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"left_at": now}))
