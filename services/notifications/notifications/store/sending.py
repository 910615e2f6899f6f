"""Deliveries on their way: queued, leased to one copy, settled under its lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    SmallInteger,
    and_,
    bindparam,
    case,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from ..tables import delivery

SETTLED = (
    "state", "reason", "attempts", "due_at", "settled_at", "provider_reference", "provider",
    "doubt_since",
)  # fmt: skip
KEY = ("id", "created_at", "lease")


# Written once: these run with every notice, and putting a statement together costs more than
# running it.
_WAYS = ("id", "channel")  # what differs between the deliveries of one notice
_OF_NOTICE = (
    "created_at", "event_id", "kind", "recipient_kind", "recipient_id", "parameters", "sealed",
    "state", "reason", "priority", "due_at", "expires_at", "settled_at",
)  # fmt: skip


def _queue() -> Any:
    ways = _unnested("ways", _WAYS)
    same = [bindparam(name, type_=_type(name)).label(name) for name in _OF_NOTICE]
    rows = select(*ways.c, *same)
    return insert(delivery).from_select([*_WAYS, *_OF_NOTICE], rows).on_conflict_do_nothing()


def _unnested(name: str, columns: Sequence[str]) -> Any:
    """Rows out of one array a column, which the statement is given as `_arrays` has them."""
    arrays = (bindparam(f"{name}_{each}", type_=ARRAY(_type(each))) for each in columns)
    rows = func.unnest(*arrays).table_valued(*(column(each, _type(each)) for each in columns))
    return rows.render_derived(name=name)


def _arrays(
    name: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]
) -> dict[str, list[Any]]:
    return {f"{name}_{each}": [row[each] for row in rows] for each in columns}


def _type(name: str) -> Any:
    kind = delivery.c[name].type
    return JSONB(none_as_null=True) if isinstance(kind, JSONB) else kind


_QUEUE = _queue()


def queue(tx: Any, notice: dict[str, Any], *, ways: Sequence[dict[str, Any]]) -> None:
    """Add the deliveries of a notice, one for each of its ``ways`` (an id and a channel).

    One that is there already (same event, channel, recipient) stays as it is.
    """
    each = _arrays("ways", _WAYS, ways)
    tx.execute(_QUEUE, {**dict.fromkeys(_OF_NOTICE), **notice, **each})


def lease(
    tx: Any,
    *,
    channel: str,
    count: int,
    lease_id: UUID,
    now: datetime,
    until: datetime,
    provider: int = 1,
) -> list[dict[str, Any]]:
    """Take up to ``count`` deliveries due ``now`` for this copy alone, the most urgent first.

    One whose process ended over it before is taken by itself, ahead of the others: they shall not
    share its fate. ``before`` is who was tried last; what has no history gets ``provider``.
    """
    asked = {"wanted": channel, "now": now, "by": lease_id, "until": until, "usual": provider}
    for statement, most in ((_TAKE_ALONE, 1), (_TAKE_TOGETHER, count)):
        if rows := [dict(row) for row in tx.execute(statement, {**asked, "most": most}).mappings()]:
            return sorted(rows, key=lambda row: (row["priority"], row["due_at"]))
    return []


def _take(which: Any) -> Any:
    """The statement that leases those of ``which`` that are due on a channel."""
    waiting = and_(
        delivery.c.state == "queued",
        delivery.c.channel == bindparam("wanted"),
        delivery.c.due_at <= bindparam("now"),
    )
    keys = which.where(waiting).limit(bindparam("most", type_=Integer))
    due = keys.with_for_update(skip_locked=True).cte("due")
    return (
        update(delivery)
        .where(delivery.c.id == due.c.id, delivery.c.created_at == due.c.created_at)
        .values(
            state="sending",
            attempts=delivery.c.attempts + 1,
            provider=func.coalesce(delivery.c.provider, bindparam("usual", type_=SmallInteger)),
            lease=bindparam("by"),
            leased_until=bindparam("until"),
        )
        .returning(delivery, due.c.before)
    )


_KEYS = select(delivery.c.id, delivery.c.created_at, delivery.c.provider.label("before"))
_TAKE_ALONE = _take(_KEYS.where(delivery.c.leases_lost > 0).order_by(delivery.c.due_at))
_TAKE_TOGETHER = _take(
    _KEYS.where(delivery.c.leases_lost == 0).order_by(delivery.c.priority, delivery.c.due_at)
)


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
    return set(tx.execute(_SETTLE, _arrays("found", (*KEY, *SETTLED), ended)).scalars())


def _settle() -> Any:
    found = _unnested("found", (*KEY, *SETTLED))
    return (
        update(delivery)
        .where(delivery.c.state == "sending", *(delivery.c[name] == found.c[name] for name in KEY))
        .values(
            {name: found.c[name] for name in SETTLED}
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


_SETTLE = _settle()
