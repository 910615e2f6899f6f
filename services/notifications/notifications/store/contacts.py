"""How to reach a person: kept as told, sealed, with what they stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from portico_kit.sealing import SealBroken

from ..domain import Recipient
from ..tables import contact


def keep_contact(
    tx: Any,
    *,
    person_id: UUID,
    person: Recipient,
    email: str | None,
    mobile: str | None,
    language: str,
    zone: str,
    changed_at: datetime,
) -> None:
    """Put the details of a person in place of older ones; what they stopped stays stopped.

    Addresses are sealed. Details older than those we have are ignored. STOP is said to a number
    (so the provider keeps it): a new number takes texts again.
    """
    details: dict[str, Any] = {
        "person": person,
        "email": tx.seal(person_id, email) if email else None,
        "mobile": tx.seal(person_id, mobile) if mobile else None,
        "language": language,
        "zone": zone,
        "changed_at": changed_at,
    }
    before = contacts(tx, [person_id]).get(person_id)
    if before and not before["broken"] and before["mobile"] != mobile:
        details["texts_stopped_at"] = None
    made = insert(contact).values(person_id=person_id, **details)
    fresh = {name: made.excluded[name] for name in details}
    newer = contact.c.changed_at <= made.excluded.changed_at
    tx.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=fresh, where=newer))


def contacts(tx: Any, person_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The contacts of these people, addresses unsealed; people unknown to us are left out.

    ``broken`` is true where a seal is: one such contact must not hold back everybody's letters.
    """
    rows = tx.execute(select(contact).where(contact.c.person_id.in_(set(person_ids)))).mappings()
    return {row["person_id"]: _opened(tx, dict(row)) for row in rows}


def _opened(tx: Any, row: dict[str, Any]) -> dict[str, Any]:
    try:
        for name in ("email", "mobile"):
            row[name] = tx.unseal(row["person_id"], row[name]) if row[name] is not None else None
    except SealBroken:
        return row | {"email": None, "mobile": None, "broken": True}
    return row | {"broken": False}


def stop_texts(tx: Any, person_id: UUID) -> None:
    """Remember that a person told the provider STOP, and when they first did."""
    stopped_at = func.coalesce(contact.c.texts_stopped_at, tx.now)
    change = update(contact).where(contact.c.person_id == person_id)
    tx.execute(change.values(texts_stopped_at=stopped_at))


def stop_mail(tx: Any, person_id: UUID) -> str | None:
    """Stop the mail that is not needed; the person's language, None for someone unknown."""
    change = update(contact).where(contact.c.person_id == person_id)
    stopped_at = func.coalesce(contact.c.mail_stopped_at, tx.now)
    language: str | None = tx.execute(
        change.values(mail_stopped_at=stopped_at).returning(contact.c.language)
    ).scalar()
    return language
