"""Writes and locked reads of notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from portico_kit.sealing import SealBroken

from .domain import CLOCKS_DIFFER, MOST_TIDIED_AT_ONCE, RETRY_DELAYS, Recipient, retry_delay
from .tables import contact, delivery

SETTLED = ("state", "reason", "attempts", "due_at", "settled_at", "provider_reference")


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


def queue(tx: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Add deliveries; one that is there already (same event, channel, recipient) stays as it is."""
    tx.execute(insert(delivery).values(list(rows)).on_conflict_do_nothing())


def lease(
    tx: Any, *, channel: str, count: int, lease_id: UUID, until: datetime
) -> list[dict[str, Any]]:
    """Take up to ``count`` due deliveries for this copy alone, the most urgent first."""
    due = (
        select(delivery.c.id, delivery.c.created_at)
        .where(
            delivery.c.state == "queued", delivery.c.channel == channel, delivery.c.due_at <= tx.now
        )
        .order_by(delivery.c.priority, delivery.c.due_at)
        .limit(count)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    change = (
        update(delivery)
        .where(delivery.c.id == due.c.id, delivery.c.created_at == due.c.created_at)
        .values(
            state="sending",
            lease=lease_id,
            leased_until=until,
            attempts=delivery.c.attempts + 1,
        )
        .returning(delivery)
    )
    rows = [dict(row) for row in tx.execute(change).mappings()]
    return sorted(rows, key=lambda row: (row["priority"], row["due_at"]))


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


def settle(tx: Any, ended: Sequence[dict[str, Any]]) -> int:
    """Record how attempts ended; those whose lease was lost meanwhile are left as they are.

    Each has ``id``, ``created_at`` and ``lease`` of the delivery, and its new ``state``,
    ``reason``, ``attempts``, ``due_at``, ``settled_at`` and ``provider_reference``. Gives how many
    were kept.
    """
    change = (
        update(delivery)
        .where(
            delivery.c.id == bindparam("the_id"),
            delivery.c.created_at == bindparam("the_moment"),
            delivery.c.state == "sending",
            delivery.c.lease == bindparam("the_lease"),
        )
        .values(
            {name: bindparam(f"new_{name}") for name in SETTLED}
            | {
                "lease": None,
                "leased_until": None,
                # What was sealed is needed for as long as there are attempts to come.
                "sealed": case((bindparam("new_state") == "queued", delivery.c.sealed)),
            }
        )
    )
    return int(tx.execute(change, [_bound(row) for row in ended]).rowcount)


def _bound(row: dict[str, Any]) -> dict[str, Any]:
    about = {"the_id": row["id"], "the_moment": row["created_at"], "the_lease": row["lease"]}
    return about | {f"new_{name}": row[name] for name in SETTLED}


def release_stuck(tx: Any) -> int:
    """Queue again what a copy leased and never settled: it died, or hung past its lease."""
    stuck = (delivery.c.state == "sending") & (delivery.c.leased_until < tx.now)
    again = {"state": "queued", "reason": "lease_ended", "lease": None, "leased_until": None}
    return _change_some(tx, stuck, again)


def pull_back(tx: Any, *, lease: timedelta) -> int:
    """Put right what was noted by a clock that ran ahead and has been set back; how many.

    Else it would wait until that wrong moment comes: nothing waits longer than its attempts say,
    and no lease reaches further than ``lease``.
    """
    attempts = range(1, len(RETRY_DELAYS) + 1)
    waits = {n: tx.now + retry_delay(attempts=n, chance=1) + CLOCKS_DIFFER for n in attempts}
    ahead = delivery.c.due_at > case(
        {0: tx.now + CLOCKS_DIFFER, **waits}, value=delivery.c.attempts, else_=max(waits.values())
    )
    leased = delivery.c.leased_until > tx.now + lease + CLOCKS_DIFFER
    return _change_some(
        tx, (delivery.c.state == "queued") & ahead, {"due_at": tx.now}
    ) + _change_some(tx, (delivery.c.state == "sending") & leased, {"leased_until": tx.now + lease})


def expire(tx: Any) -> int:
    """End what is no longer worth sending."""
    late = (delivery.c.state == "queued") & (delivery.c.expires_at <= tx.careful_now)
    return _change_some(tx, late, {"state": "expired", "settled_at": tx.now, "sealed": None})


def supersede(tx: Any, *, kind: str, person_id: UUID, subject_id: UUID | None = None) -> None:
    """Suppress what waits to be sent and is no longer so: of one kind, about one subject if given.

    Only what happened before the event at hand. What is with the provider cannot be called back.
    """
    old = update(delivery).where(
        delivery.c.recipient_id == person_id,
        delivery.c.created_at < tx.envelope.occurred_at,
        delivery.c.kind == kind,
        delivery.c.state == "queued",
    )
    if subject_id is not None:
        old = old.where(delivery.c.parameters["subject_id"].astext == str(subject_id))
    ended = {"state": "suppressed", "reason": "superseded", "settled_at": tx.now, "sealed": None}
    tx.execute(old.values(**ended))


def _change_some(tx: Any, which: ColumnElement[bool], values: dict[str, Any]) -> int:
    # A bounded number at a time, so that a great backlog never outlasts a statement's deadline.
    some = select(delivery.c.id, delivery.c.created_at).where(which).limit(MOST_TIDIED_AT_ONCE)
    keys = some.with_for_update(skip_locked=True).cte("some")
    here = (delivery.c.id == keys.c.id) & (delivery.c.created_at == keys.c.created_at)
    return int(tx.execute(update(delivery).where(here).values(**values)).rowcount)


def record_status(
    tx: Any, *, delivery_id: UUID, state: str, reason: str | None, allowed: tuple[str, ...]
) -> bool:
    """Move a text on as its provider says; False where it is not in a state that may move there."""
    change = update(delivery).where(
        delivery.c.id == delivery_id, delivery.c.channel == "text", delivery.c.state.in_(allowed)
    )
    values = {"state": state, "reason": reason, "settled_at": tx.now, "sealed": None}
    return bool(tx.execute(change.values(lease=None, leased_until=None, **values)).rowcount)


def text_recipient(tx: Any, delivery_id: UUID) -> UUID | None:
    """Whom a text went to; None where it is not ours."""
    found = select(delivery.c.recipient_id).where(
        delivery.c.id == delivery_id, delivery.c.channel == "text"
    )
    recipient: UUID | None = tx.execute(found).scalar()
    return recipient


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


def make_partitions(tx: Any) -> None:
    """See that the partitions of this month and the next two are there."""
    # A function of the tables' owner: the service's own role may not create tables.
    tx.execute(text("SELECT make_delivery_partitions(CAST(:day AS date), 2)"), {"day": tx.now})
