"""Conversations: the list, the thread, and what the patient's first page says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select

from portico_contracts import messaging as contract
from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction

from ..domain.queues import queues_of
from ..store.conversations import Written
from ..store.requests import standing_of
from ..store.tables import conversation, message, request
from .paging import cut, page
from .people import People
from .refills import open_refills

SNIPPET = 140
MOST_COUNTED = 100
PAGE_OF_THREAD = 100

_UNREAD = conversation.c.last_staff_at > conversation.c.patient_read_at


def list_conversations(tx: Transaction, wanted: contract.ListConversations) -> dict[str, Any]:
    """Conversations with their newest message, newest activity first."""
    query = _rows(tx)
    if wanted.box != "all":
        done = request.c.state == "done"
        query = query.where(done if wanted.box == "done" else ~done)
    query = page(
        query,
        conversation.c.last_message_at,
        conversation.c.id,
        cursor=wanted.cursor,
        limit=wanted.limit,
        newest_first=True,
    )
    rows = tx.execute(query).mappings().all()
    shown, following = cut(rows, wanted.limit, lambda row: (row["last_message_at"], row["id"]))
    return {"items": _row_views(tx, shown), "next": following}


def home_messages(tx: Transaction) -> dict[str, Any]:
    """The newest unread conversations, how many there are, and refills under way."""
    newest = _rows(tx).where(_UNREAD).order_by(conversation.c.last_message_at.desc()).limit(3)
    unread = (
        select(literal(1))
        .where(conversation.c.patient_id == tx.patient_id, _UNREAD)
        .limit(MOST_COUNTED)
        .subquery()
    )
    return {
        "unread_count": tx.execute(select(func.count()).select_from(unread)).scalar_one(),
        "unread": _row_views(tx, tx.execute(newest).mappings().all()),
        "refills": open_refills(tx, limit=3),
    }


def show_conversation(tx: Transaction, wanted: contract.ShowConversation) -> dict[str, Any]:
    """The thread of a patient's own conversation. Raises NotFound."""
    query = _thread_of(conversation.c.id == wanted.conversation_id)
    query = _for_reader(tx, query.where(conversation.c.patient_id == tx.patient_id))
    return _thread(tx, query, cursor=wanted.cursor, limit=wanted.limit)


def thread_of_request(tx: Transaction, request_id: UUID, *, cursor: str | None) -> dict[str, Any]:
    """The thread behind an item. The caller has checked that it may be read."""
    query = _thread_of(conversation.c.request_id == request_id)
    return _thread(tx, query, cursor=cursor, limit=PAGE_OF_THREAD)


def started(written: Written) -> dict[str, Any]:
    """What a new conversation is called, and when its answer is due."""
    return {
        "conversation_id": written.conversation_id,
        "message_id": written.message_id,
        "request_id": written.request.id,
        "due_at": written.request.standing.due_at,
    }


def sent(tx: Transaction, written: Written) -> dict[str, Any]:
    """A message just written, as the thread shows it."""
    row = tx.execute(select(message).where(message.c.id == written.message_id)).mappings().one()
    standing, patient_id = written.request.standing, written.request.patient_id
    return {
        "conversation_id": written.conversation_id,
        "message": _message_view(tx, patient_id, row, People(tx, (row["author_id"],))),
        "state": standing.state,
        "due_at": standing.shown_due_at,
    }


def snippet(text: str) -> str:
    """The start of a message on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= SNIPPET:
        return line
    return (line[:SNIPPET].rpartition(" ")[0] or line[:SNIPPET]) + "..."


def _rows(tx: Transaction) -> Select[Any]:
    query = (
        select(
            conversation,
            _UNREAD.label("unread"),
            request.c.state,
            request.c.taken_by,
            request.c.due_at,
            request.c.stopped_at,
            request.c.outcome,
            message.c.body,
            message.c.sender,
            message.c.author_id,
        )
        .join(request, request.c.id == conversation.c.request_id)
        .join(message, message.c.id == conversation.c.last_message_id)
        .where(conversation.c.patient_id == tx.patient_id)
    )
    return _for_reader(tx, query)


def _for_reader(tx: Transaction, query: Select[Any]) -> Select[Any]:
    # Staff read the conversations of the queues that they work in, as they do through items.
    if tx.actor.kind != "staff":
        return query
    return query.where(request.c.queue.in_(queues_of(tx.actor.roles)))


def _row_views(tx: Transaction, rows: Sequence[Any]) -> list[dict[str, Any]]:
    people = People(tx, (row["author_id"] for row in rows))
    return [_row_view(tx, row, people) for row in rows]


def _row_view(tx: Transaction, row: Any, people: People) -> dict[str, Any]:
    patient_id, standing = row["patient_id"], standing_of(row)
    return {
        "conversation_id": row["id"],
        "topic": row["topic"],
        "subject": tx.unseal(patient_id, row["subject"]),
        "about": row["about"],
        "snippet": snippet(tx.unseal(patient_id, row["body"])),
        "last_sender": row["sender"],
        "last_author": people.named(row["author_id"]),
        "last_message_at": row["last_message_at"],
        "unread": bool(row["unread"]),
        "state": standing.state,
        "due_at": standing.shown_due_at,
    }


def _thread_of(which: Any) -> Select[Any]:
    columns = [c for c in request.c if c.name not in ("id", "patient_id", "topic")]
    joined = select(conversation, *columns, _UNREAD.label("unread"))
    return joined.join(request, request.c.id == conversation.c.request_id).where(which)


def _thread(
    tx: Transaction, query: Select[Any], *, cursor: str | None, limit: int
) -> dict[str, Any]:
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound
    rows, earlier = _messages(tx, row["id"], cursor=cursor, limit=limit)
    named = [row["taken_by"], *(m["author_id"] for m in rows), *(m["read_by"] for m in rows)]
    people, standing = People(tx, named), standing_of(row)
    return {
        "conversation_id": row["id"],
        "request_id": row["request_id"],
        "topic": row["topic"],
        "queue": row["queue"],
        "subject": tx.unseal(row["patient_id"], row["subject"]),
        "about": row["about"],
        "state": standing.state,
        "due_at": standing.shown_due_at,
        "handler": people.named(standing.taken_by),
        "unread": bool(row["unread"]),
        "messages": [_message_view(tx, row["patient_id"], m, people) for m in reversed(rows)],
        "earlier": earlier,
    }


def _messages(
    tx: Transaction, conversation_id: UUID, *, cursor: str | None, limit: int
) -> tuple[Sequence[Any], str | None]:
    query = page(
        select(message).where(message.c.conversation_id == conversation_id),
        message.c.sent_at,
        message.c.id,
        cursor=cursor,
        limit=limit,
        newest_first=True,
    )
    rows = tx.execute(query).mappings().all()
    return cut(rows, limit, lambda row: (row["sent_at"], row["id"]))


def _message_view(tx: Transaction, patient_id: UUID, row: Any, people: People) -> dict[str, Any]:
    return {
        "message_id": row["id"],
        "sender": row["sender"],
        "author": people.named(row["author_id"]),
        "body": tx.unseal(patient_id, row["body"]),
        "sent_at": row["sent_at"],
        "read_at": row["read_at"],
        "read_by": people.named(row["read_by"]),
    }
