"""Conversations and messages: sealed on the way in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update

from portico_contracts.messaging import Sender, Topic
from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction

from .requests import Request
from .tables import conversation, message


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written: the message, its conversation and the request that it belongs to."""

    message_id: UUID
    conversation_id: UUID
    request: Request


def insert_conversation(
    tx: Transaction,
    *,
    conversation_id: UUID,
    request_id: UUID,
    message_id: UUID,
    patient_id: UUID,
    topic: Topic,
    subject: str,
    about: str | None,
    now: datetime,
) -> None:
    """A conversation whose first message follows in the same transaction."""
    tx.execute(
        insert(conversation).values(
            id=conversation_id,
            patient_id=patient_id,
            request_id=request_id,
            topic=topic,
            subject=tx.seal(patient_id, subject),
            about=about,
            started_at=now,
            last_message_id=message_id,
            last_message_at=now,
            patient_read_at=now,
        )
    )


def insert_message(
    tx: Transaction,
    *,
    message_id: UUID,
    conversation_id: UUID,
    patient_id: UUID,
    sender: Sender,
    author_id: UUID,
    body: str,
    now: datetime,
) -> None:
    """Add a message and put its conversation on top of the list."""
    sealed = tx.seal(patient_id, body)
    tx.execute(
        insert(message).values(
            id=message_id,
            conversation_id=conversation_id,
            sender=sender,
            author_id=author_id,
            body=sealed,
            sent_at=now,
        )
    )
    newest = {"last_message_id": message_id, "last_message_at": now}
    if sender == "staff":
        newest |= {"last_staff_at": now}
    tx.execute(update(conversation).where(conversation.c.id == conversation_id).values(**newest))


def mark_read_by_patient(
    tx: Transaction, conversation_id: UUID, *, message_id: UUID | None, by: UUID, now: datetime
) -> None:
    """Seen up to a message of this conversation, or all; never back to an earlier one.

    Raises NotFound for a message of another.
    """
    through = _sent_at(tx, conversation_id, message_id) if message_id else now
    _mark_seen(tx, conversation_id, sender="staff", through=through, by=by, now=now)
    read_at = func.greatest(conversation.c.patient_read_at, through)
    tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(patient_read_at=read_at)
    )


def mark_read_by_staff(tx: Transaction, request_id: UUID, *, by: UUID, now: datetime) -> None:
    """The care team has seen all that the patient wrote so far."""
    conversation_id = conversation_of(tx, request_id)
    if conversation_id is not None:
        _mark_seen(tx, conversation_id, sender="patient", through=now, by=by, now=now)


def conversation_of(tx: Transaction, request_id: UUID) -> UUID | None:
    """The conversation behind a request; None behind a refill."""
    wanted = select(conversation.c.id).where(conversation.c.request_id == request_id)
    found: UUID | None = tx.execute(wanted).scalar()
    return found


def _sent_at(tx: Transaction, conversation_id: UUID, message_id: UUID) -> datetime:
    wanted = select(message.c.sent_at).where(
        message.c.id == message_id, message.c.conversation_id == conversation_id
    )
    found: datetime | None = tx.execute(wanted).scalar()
    if found is None:
        raise NotFound
    return found


def _mark_seen(
    tx: Transaction,
    conversation_id: UUID,
    *,
    sender: Sender,
    through: datetime,
    by: UUID,
    now: datetime,
) -> None:
    tx.execute(
        update(message)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.sender == sender,
            message.c.read_at.is_(None),
            message.c.sent_at <= through,
        )
        .values(read_at=now, read_by=by)
    )
