"""The patient's side of a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from portico_contracts import messaging as contract
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from ..domain import references, standing
from ..domain.queues import PROMISES, TOPIC_QUEUES
from ..store import conversations, requests
from ..store.conversations import Written
from ..store.requests import Request
from . import announcements
from .writing import write_message


def start_conversation(
    tx: Transaction,
    wanted: contract.StartConversation,
    *,
    now: datetime,
    make_id: Callable[[], UUID] = new_id,
) -> Written:
    """Open a conversation and put it into the queue of its topic, with its due time."""
    references.check_about(wanted.about)
    request = _new_request(tx, wanted.topic, now=now, request_id=make_id())
    written = Written(message_id=make_id(), conversation_id=make_id(), request=request)
    requests.insert_request(tx, request, by=request.patient_id, now=now)
    conversations.insert_conversation(
        tx,
        conversation_id=written.conversation_id,
        request_id=request.id,
        message_id=written.message_id,
        patient_id=tx.patient_id,
        topic=wanted.topic,
        subject=wanted.subject,
        about=wanted.about,
        now=now,
    )
    announcements.submitted(tx, request)
    place = references.place_of_new(wanted.about)
    write_message(tx, written, sender="patient", body=wanted.body, place=place, now=now)
    return written


def reply(
    tx: Transaction,
    wanted: contract.Reply,
    *,
    now: datetime,
    make_id: Callable[[], UUID] = new_id,
) -> Written:
    """The patient writes on; what waited or was done opens again. Raises NotFound."""
    seen = requests.lock_request_of(
        tx, conversation_id=wanted.conversation_id, patient_id=tx.patient_id
    )
    request = _reopen(tx, seen, now=now)
    written = Written(message_id=make_id(), conversation_id=wanted.conversation_id, request=request)
    place = f"conversation:{wanted.conversation_id}"
    write_message(tx, written, sender="patient", body=wanted.body, place=place, now=now)
    return written


def mark_read(tx: Transaction, wanted: contract.MarkRead, *, now: datetime) -> None:
    """The patient has seen the thread up to a message. Raises NotFound."""
    requests.lock_request_of(tx, conversation_id=wanted.conversation_id, patient_id=tx.patient_id)
    conversations.mark_read_by_patient(
        tx,
        wanted.conversation_id,
        message_id=wanted.message_id,
        by=tx.patient_id,
        now=now,
    )


def _new_request(
    tx: Transaction, topic: contract.Topic, *, now: datetime, request_id: UUID
) -> Request:
    return Request(
        id=request_id,
        patient_id=tx.patient_id,
        queue=TOPIC_QUEUES[topic],
        kind="message",
        topic=topic,
        standing=standing.asked(tx.config.hours, promise=PROMISES[topic], now=now),
    )


def _reopen(tx: Transaction, seen: Request, *, now: datetime) -> Request:
    promise = PROMISES[seen.topic]
    moved = replace(
        seen,
        standing=standing.patient_wrote(
            seen.standing, hours=tx.config.hours, promise=promise, now=now
        ),
    )
    if moved != seen:
        requests.write_move(tx, seen, moved, name="patient_wrote", by=seen.patient_id, now=now)
    if seen.standing.state == "done":
        announcements.reopened(tx, moved)
    return moved
