"""Items: how much there is in each queue, the lists, and one item with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, Table, func, select

from portico_contracts import messaging as contract
from portico_kit.database import Transaction

from ..domain.queues import check_works_in, may_decide_refills, queues_of
from ..store.requests import HOLDER_LEFT, standing_of
from ..store.tables import conversation, move, note, refill, request, review
from .conversations import thread_of_request
from .paging import cut, page
from .people import People
from .refills import refills_of

# Notes and history of one item: the newest, so that a page of it stays a page.
MOST_LINES = 200
_OPEN = request.c.state.in_(("new", "taken"))


def queue_counts(tx: Transaction) -> dict[str, Any]:
    """Counts of the caller's queues, read from the index of what is open."""
    queues, me = queues_of(tx.actor.roles), tx.actor.account_id
    counts = select(
        request.c.queue,
        func.count().label("open"),
        func.count().filter(request.c.taken_by.is_(None)).label("untaken"),
        func.count().filter(request.c.due_at < tx.now).label("late"),
        func.count().filter(request.c.taken_by == me).label("mine"),
    )
    query = counts.where(_OPEN, request.c.queue.in_(queues)).group_by(request.c.queue)
    found = {row["queue"]: row for row in tx.execute(query).mappings()}
    listed = [_count(queue, found.get(queue)) for queue in queues]
    return {
        "queues": listed,
        "mine": sum(row["mine"] for row in listed),
        "late": sum(row["late"] for row in listed),
    }


def _count(queue: contract.Queue, found: Any) -> dict[str, Any]:
    counts = ("open", "untaken", "late", "mine")
    return {"queue": queue, **{name: found[name] if found else 0 for name in counts}}


def list_queue(tx: Transaction, wanted: contract.ListQueue) -> dict[str, Any]:
    """One page of items: what is due first on top, so late ones lead; done ones newest first."""
    if wanted.queue is not None:
        check_works_in(wanted.queue, tx.actor.roles)
    queues = queues_of(tx.actor.roles) if wanted.queue is None else (wanted.queue,)
    done = wanted.show == "done"
    moment = request.c.moved_at if done else request.c.due_at
    query = page(
        _items().where(request.c.queue.in_(queues), _shown(tx, wanted.show)),
        moment,
        request.c.id,
        cursor=wanted.cursor,
        limit=wanted.limit,
        newest_first=done,
    )
    rows = tx.execute(query).mappings().all()
    shown, following = cut(rows, wanted.limit, lambda row: (row[moment.name], row["id"]))
    tx.concerns(*(row["patient_id"] for row in shown))
    return {"items": _row_views(tx, shown), "next": following}


def show_item(tx: Transaction, item_id: UUID, *, cursor: str | None = None) -> dict[str, Any]:
    """One item, its thread from ``cursor`` back.

    The caller has checked that it exists and may be read (``visible_item``).
    """
    row = tx.execute(_items().where(request.c.id == item_id)).mappings().one()
    kind = row["kind"]
    is_refill = kind == "refill"
    thread = thread_of_request(tx, item_id, cursor=cursor) if kind == "message" else None
    decidable = is_refill and row["state"] != "done" and may_decide_refills(tx.actor.roles)
    return {
        **_row_views(tx, [row])[0],
        "conversation": thread,
        "refill": refills_of(tx, [item_id])[0] if is_refill else None,
        "review": {"about": row["about"]} if kind == "review" else None,
        "notes": _notes(tx, item_id, row["patient_id"]),
        "history": _history(tx, item_id),
        "outcome": row["outcome"],
        "may_decide": decidable,
    }


def _items() -> Select[Any]:
    return (
        select(request, conversation.c.subject, refill.c.name, review.c.about, review.c.code)
        .outerjoin(conversation, conversation.c.request_id == request.c.id)
        .outerjoin(refill, refill.c.request_id == request.c.id)
        .outerjoin(review, review.c.request_id == request.c.id)
    )


def _shown(tx: Transaction, show: str) -> ColumnElement[bool]:
    match show:
        case "take":
            return _OPEN & request.c.taken_by.is_(None)
        case "mine":
            return _OPEN & (request.c.taken_by == tx.actor.account_id)
        case "waiting" | "done":
            return request.c.state == show
        case _:
            return _OPEN


def _row_views(tx: Transaction, rows: Sequence[Any]) -> list[dict[str, Any]]:
    people = People(tx, (row[c] for row in rows for c in ("patient_id", "taken_by")))
    return [_row_view(tx, row, people) for row in rows]


def _row_view(tx: Transaction, row: Any, people: People) -> dict[str, Any]:
    patient_id, standing = row["patient_id"], standing_of(row)
    return {
        "item_id": row["id"],
        "queue": row["queue"],
        "kind": row["kind"],
        "topic": row["topic"],
        "state": standing.state,
        "title": row["code"] or tx.unseal(patient_id, row["subject"] or row["name"]),
        "patient": people.named(patient_id),
        "language": people.language(patient_id),
        "taken_by": people.named(standing.taken_by),
        "opened_at": row["opened_at"],
        "due_at": standing.shown_due_at,
        "late": standing.late(tx.now),
    }


def _notes(tx: Transaction, item_id: UUID, patient_id: UUID) -> list[dict[str, Any]]:
    rows = _newest(tx, note, item_id, note.c.written_at)
    people = People(tx, (row["author_id"] for row in rows))
    return [
        {
            "note_id": row["id"],
            "author": people.named(row["author_id"]),
            "body": tx.unseal(patient_id, row["body"]),
            "written_at": row["written_at"],
        }
        for row in rows
    ]


def _history(tx: Transaction, item_id: UUID) -> list[dict[str, Any]]:
    rows = _newest(tx, move, item_id, move.c.at)
    people = People(tx, (row[c] for row in rows for c in ("by_id", "to_id")))
    kept = ("queue", "from_state", "to_state", "at")
    return [
        {
            "move": "released" if row["move"] == HOLDER_LEFT else row["move"],
            "by_leaving": row["move"] == HOLDER_LEFT,
            "by": people.named(row["by_id"]),
            "to": people.named(row["to_id"]),
            **{name: row[name] for name in kept},
        }
        for row in rows
    ]


def _newest(tx: Transaction, table: Table, item_id: UUID, moment: Column[Any]) -> list[Any]:
    """The newest lines about an item, in the order in which they came."""
    query = select(table).where(table.c.request_id == item_id)
    newest = query.order_by(moment.desc(), table.c.id.desc()).limit(MOST_LINES)
    return list(reversed(tx.execute(newest).mappings().all()))
