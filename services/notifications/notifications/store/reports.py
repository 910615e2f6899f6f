"""What became of what was sent: reported, asked for, and whether anybody was reached at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_, update

from ..domain import ASK_EVERY, UNCONFIRMED
from ..tables import delivery

UNREACHED = ("failed", "suppressed", "expired")
MOST_FOLLOWED_UP = 200


def record_status(
    tx: Any,
    which: ColumnElement[bool],
    *,
    state: str,
    reason: str | None,
    allowed: tuple[str, ...],
    reference: str,
    due_at: datetime,
) -> bool:
    """Move a text on as its provider says; False where it is not in a state that may move there.

    ``reference`` is the provider's: that one attempt failed says nothing of another that went well.
    """
    of_this_attempt = or_(
        delivery.c.state != "sent",
        literal(state) != "failed",
        delivery.c.provider_reference == reference,
    )
    new: dict[str, Any] = {"state": state, "reason": reason, "settled_at": tx.now, "sealed": None}
    if reference:
        new["provider_reference"] = func.coalesce(delivery.c.provider_reference, reference)
    change = update(delivery).where(which, delivery.c.state.in_(allowed), of_this_attempt)
    free = {"lease": None, "leased_until": None, "due_at": due_at}
    return bool(tx.execute(change.values(**new, **free)).rowcount)


def the_text(delivery_id: UUID, created_at: datetime | None) -> ColumnElement[bool]:
    """Which row is a text: without its moment every month is looked through."""
    found = (delivery.c.id == delivery_id) & (delivery.c.channel == "text")
    return found if created_at is None else found & (delivery.c.created_at == created_at)


def text_recipient(tx: Any, which: ColumnElement[bool]) -> UUID | None:
    """Whom a text went to; None where it is not ours."""
    recipient: UUID | None = tx.execute(select(delivery.c.recipient_id).where(which)).scalar()
    return recipient


def take_unreported(tx: Any, *, count: int) -> list[dict[str, Any]]:
    """Texts whose provider is to be asked now; each is asked about again in a while."""
    due = (
        select(delivery.c.id, delivery.c.created_at)
        .where(
            delivery.c.state == "sent",
            delivery.c.channel == "text",
            delivery.c.reason.is_(None),
            delivery.c.due_at <= tx.shared_now,
        )
        .order_by(delivery.c.due_at)
        .limit(count)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    change = (
        update(delivery)
        .where(delivery.c.id == due.c.id, delivery.c.created_at == due.c.created_at)
        .values(due_at=tx.shared_now + ASK_EVERY)
    )
    names = ("id", "created_at", "kind", "provider", "provider_reference", "settled_at")
    returned = change.returning(*(delivery.c[name] for name in names))
    return [dict(row) for row in tx.execute(returned).mappings()]


def leave_unconfirmed(tx: Any, which: ColumnElement[bool]) -> bool:
    """Give up on hearing what became of a text; should a report come yet, it is still heard."""
    change = update(delivery).where(which, delivery.c.state == "sent", delivery.c.reason.is_(None))
    return bool(tx.execute(change.values(reason=UNCONFIRMED)).rowcount)


def take_unreached(tx: Any) -> list[dict[str, Any]]:
    """All deliveries of each notice of which one reached nobody and was not followed up.

    Notices of which another delivery is still under way are left for later.
    """
    ended = delivery.c.state.in_(UNREACHED)
    notice = (delivery.c.event_id, delivery.c.recipient_id, delivery.c.created_at)
    other = delivery.alias("other")
    # A text that is sent may yet be reported to have failed.
    hoped = or_(
        other.c.state.in_(("queued", "sending")),
        and_(other.c.state == "sent", other.c.channel == "text", other.c.reason.is_(None)),
    )
    same = [other.c[column.name] == column for column in notice]
    found = (
        select(*notice)
        .where(ended, delivery.c.followed_up_at.is_(None))
        .where(~select(other.c.id).where(*same, hoped).exists())
        .order_by(delivery.c.settled_at)
        .limit(MOST_FOLLOWED_UP)
    )
    keys = [tuple(row) for row in tx.execute(found.with_for_update(skip_locked=True))]
    if not keys:
        return []
    change = update(delivery).where(tuple_(*notice).in_(keys)).values(followed_up_at=tx.now)
    return [dict(row) for row in tx.execute(change.returning(delivery)).mappings()]
