"""Requests as rows: read for a move, moved on, with one line of history a move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, insert, or_, select, update

from portico_contracts.messaging import Kind, MoveName, Queue, Topic
from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from ..domain.standing import Standing
from .tables import OPEN, conversation, move, note, request, review

# A line of history that has no name of its own outside: a release, by leaving the practice.
HOLDER_LEFT = "holder_left"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as commands work with it."""

    id: UUID
    patient_id: UUID
    queue: Queue
    kind: Kind
    topic: Topic
    standing: Standing


def read_request(tx: Transaction, request_id: UUID, *, lock: bool = False) -> Request:
    """One request, locked until the end of the transaction if asked. Raises NotFound."""
    wanted = select(request).where(request.c.id == request_id)
    return _one(tx, wanted.with_for_update() if lock else wanted)


def lock_request_of(tx: Transaction, *, conversation_id: UUID, patient_id: UUID) -> Request:
    """The locked request of a patient's own conversation. Raises NotFound."""
    own = (conversation.c.id == conversation_id) & (conversation.c.patient_id == patient_id)
    wanted = select(request).join(conversation).where(own)
    return _one(tx, wanted.with_for_update(of=request))


def lock_held_by(tx: Transaction, staff_id: UUID) -> list[Request]:
    """All that somebody holds or waits for an answer to, locked; what is done is left out."""
    # Two conditions, as each has an index of its own.
    held = (request.c.taken_by == staff_id) & or_(OPEN, request.c.state == "waiting")
    rows = tx.execute(select(request).where(held).order_by(request.c.id).with_for_update())
    return [_request(row) for row in rows.mappings()]


def insert_request(tx: Transaction, made: Request, *, by: UUID | None, now: datetime) -> None:
    """A request as it came in, with the first line of its history.

    ``by`` is the patient, or None: the portal.
    """
    columns = _columns(made.standing)
    tx.execute(
        insert(request).values(
            id=made.id,
            patient_id=made.patient_id,
            queue=made.queue,
            kind=made.kind,
            topic=made.topic,
            opened_at=now,
            moved_at=now,
            **columns,
        )
    )
    write_history(tx, None, made, name="asked", by=by, now=now)


def insert_review(tx: Transaction, request_id: UUID, *, about: str, code: str) -> None:
    """What a review is about, and why it is asked for."""
    tx.execute(insert(review).values(request_id=request_id, about=about, code=code))


def take_if_free(tx: Transaction, seen: Request, *, by: UUID, now: datetime) -> bool:
    """Make ``by`` its holder unless someone is, in one statement: of two takers one wins.

    False also where it was routed elsewhere since it was ``seen``.
    """
    free = (request.c.taken_by.is_(None)) & (request.c.state == "new")
    statement = (
        update(request)
        .where(request.c.id == seen.id, request.c.queue == seen.queue, free)
        .values(state="taken", taken_by=by, moved_at=now)
    )
    return tx.execute(statement).rowcount == 1


def write_move(
    tx: Transaction,
    seen: Request,
    moved: Request,
    *,
    name: MoveName | Literal["holder_left"],
    by: UUID,
    now: datetime,
    to: UUID | None = None,
) -> None:
    """Store how a (locked) request stands from now on, with a line of its history."""
    columns = _columns(moved.standing)
    tx.execute(
        update(request)
        .where(request.c.id == moved.id)
        .values(queue=moved.queue, moved_at=now, **columns)
    )
    write_history(tx, seen, moved, name=name, by=by, now=now, to=to)


def write_history(
    tx: Transaction,
    seen: Request | None,
    moved: Request,
    *,
    name: MoveName | Literal["holder_left"],
    by: UUID | None,
    now: datetime,
    to: UUID | None = None,
) -> None:
    """One line of history: who did what when, and how the request stood before and after."""
    tx.execute(
        insert(move).values(
            id=new_id(),
            request_id=moved.id,
            move=name,
            by_id=by,
            to_id=to,
            queue=moved.queue,
            from_state=seen.standing.state if seen else None,
            to_state=moved.standing.state,
            at=now,
        )
    )


def insert_note(tx: Transaction, request: Request, *, body: str, by: UUID, now: datetime) -> None:
    """A note among staff."""
    sealed = tx.seal(request.patient_id, body)
    tx.execute(
        insert(note).values(
            id=new_id(), request_id=request.id, author_id=by, body=sealed, written_at=now
        )
    )


def standing_of(row: Mapping[str, Any]) -> Standing:
    """How a request stands, from a row with its columns."""
    return Standing(
        state=row["state"],
        taken_by=row["taken_by"],
        due_at=row["due_at"],
        stopped_at=row["stopped_at"],
        outcome=row["outcome"],
    )


def _one(tx: Transaction, wanted: Select[Any]) -> Request:
    row = tx.execute(wanted).mappings().first()
    if row is None:
        raise NotFound
    return _request(row)


def _request(row: Mapping[str, Any]) -> Request:
    return Request(
        id=row["id"],
        patient_id=row["patient_id"],
        queue=row["queue"],
        kind=row["kind"],
        topic=row["topic"],
        standing=standing_of(row),
    )


def _columns(standing: Standing) -> dict[str, Any]:
    return {
        "state": standing.state,
        "taken_by": standing.taken_by,
        "due_at": standing.due_at,
        "stopped_at": standing.stopped_at,
        "outcome": standing.outcome,
    }
