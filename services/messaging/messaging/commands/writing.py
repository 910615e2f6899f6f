"""Adding a message to a conversation: the same for patients and staff."""

from __future__ import annotations

from datetime import datetime

from portico_contracts.messaging import Sender
from portico_kit.database import Transaction

from ..store import conversations, drafts
from ..store.conversations import Written
from . import announcements


def write_message(
    tx: Transaction, written: Written, *, sender: Sender, body: str, place: str, now: datetime
) -> None:
    """Store the message, forget the draft that it was written from, tell of it."""
    request = written.request
    author_id = request.patient_id if sender == "patient" else tx.actor.account_id
    conversations.insert_message(
        tx,
        message_id=written.message_id,
        conversation_id=written.conversation_id,
        patient_id=request.patient_id,
        sender=sender,
        author_id=author_id,
        body=body,
        now=now,
    )
    drafts.forget_draft(tx, account_id=tx.actor.account_id, place=place)
    announcements.message_sent(
        tx,
        request,
        message_id=written.message_id,
        conversation_id=written.conversation_id,
        sender=sender,
        now=now,
    )
