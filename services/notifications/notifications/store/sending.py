"""Deliveries on their way: queued, leased to one copy, settled under its lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, cast, column, func, select, update, values
from sqlalchemy.dialects.postgresql import insert

from ..tables import delivery

SETTLED = (
    "state", "reason", "attempts", "due_at", "settled_at", "provider_reference", "provider",
    "doubt_since",
)  # fmt: skip
KEY = ("id", "created_at", "lease")


def queue(tx: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Add deliveries; one that is there already (same event, channel, recipient) stays as it is."""
    tx.execute(insert(delivery).values(list(rows)).on_conflict_do_nothing())


def lease(
    tx: Any, *, channel: str, count: int, lease_id: UUID, until: datetime, provider: int = 1
) -> list[dict[str, Any]]:
    """Take up to ``count`` due deliveries for this copy alone, the most urgent first.

    One whose process ended over it before is taken by itself, ahead of the others: they shall not
    share its fate. ``before`` is who was tried last; what has no history gets ``provider``.
    """
    taken = {"lease": lease_id, "leased_until": until}
    waiting = and_(
        delivery.c.state == "queued",
        delivery.c.channel == channel,
        delivery.c.due_at <= tx.shared_now,
    )
    alone = select(delivery).where(waiting, delivery.c.leases_lost > 0).order_by(delivery.c.due_at)
    together = select(delivery).where(waiting, delivery.c.leases_lost == 0)
    together = together.order_by(delivery.c.priority, delivery.c.due_at)
    return _take(tx, alone.limit(1), taken, provider) or _take(
        tx, together.limit(count), taken, provider
    )


def _take(tx: Any, which: Any, taken: dict[str, Any], provider: int) -> list[dict[str, Any]]:
    keys = which.with_only_columns(
        delivery.c.id, delivery.c.created_at, delivery.c.provider.label("before")
    )
    due = keys.with_for_update(skip_locked=True).cte("due")
    change = (
        update(delivery)
        .where(delivery.c.id == due.c.id, delivery.c.created_at == due.c.created_at)
        .values(
            state="sending",
            attempts=delivery.c.attempts + 1,
            provider=func.coalesce(delivery.c.provider, provider),
            **taken,
        )
        .returning(delivery, due.c.before)
    )
    rows = [dict(row) for row in tx.execute(change).mappings()]
    return sorted(rows, key=lambda row: (row["priority"], row["due_at"]))


def give(tx: Any, rows: Sequence[dict[str, Any]], providers: Sequence[int | None]) -> None:
    """Write down who gets each leased delivery, before it does: should we die, who may have it."""
    for row, provider in zip(rows, providers, strict=True):
        if row["provider"] != provider:
            here = (delivery.c.id == row["id"]) & (delivery.c.created_at == row["created_at"])
            tx.execute(update(delivery).where(here).values(provider=provider))
            row["provider"] = provider


def settle(tx: Any, ended: Sequence[dict[str, Any]]) -> set[UUID]:
    """Record how attempts ended; the ids of those recorded.

    Those whose lease was lost meanwhile, or whose end was reported already, are left as they are.
    Each has ``id``, ``created_at`` and ``lease`` of the delivery, and its new values of SETTLED.
    """
    names = [*KEY, *SETTLED]
    found = values(*(column(name, delivery.c[name].type) for name in names), name="found").data(
        [tuple(row[name] for name in names) for row in ended]
    )
    change = (
        update(delivery)
        .where(delivery.c.state == "sending", *(delivery.c[name] == found.c[name] for name in KEY))
        .values(
            {name: cast(found.c[name], delivery.c[name].type) for name in SETTLED}
            | {
                "lease": None,
                "leased_until": None,
                # It ended in good order: what was lost before was not its fault.
                "leases_lost": 0,
                # What was sealed is needed for as long as there are attempts to come.
                "sealed": case((found.c.state == "queued", delivery.c.sealed)),
            }
        )
        .returning(delivery.c.id)
    )
    return set(tx.execute(change).scalars())
