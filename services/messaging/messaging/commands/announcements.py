"""The facts that commands announce, each built in one place."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portico_contracts import messaging as contract
from portico_kit.database import Transaction

from ..store.requests import Request


def submitted(tx: Transaction, request: Request) -> None:
    """A request came in."""
    tx.announce(
        contract.RequestSubmitted(
            request_id=request.id,
            patient_id=request.patient_id,
            queue=request.queue,
            kind=request.kind,
            due_at=request.standing.due_at,
        )
    )


def reopened(tx: Transaction, request: Request) -> None:
    """A finished request is open again."""
    tx.announce(
        contract.RequestReopened(
            request_id=request.id,
            patient_id=request.patient_id,
            queue=request.queue,
            kind=request.kind,
            due_at=request.standing.due_at,
        )
    )


def changed_hands(tx: Transaction, request: Request) -> None:
    """Somebody else holds a request now, or nobody."""
    tx.announce(
        contract.RequestAssigned(
            request_id=request.id,
            patient_id=request.patient_id,
            queue=request.queue,
            staff_id=request.standing.taken_by,
        )
    )


def routed(tx: Transaction, request: Request, *, source: contract.Queue) -> None:
    """A request moved to another queue."""
    tx.announce(
        contract.RequestRouted(
            request_id=request.id,
            patient_id=request.patient_id,
            from_queue=source,
            queue=request.queue,
        )
    )


def completed(tx: Transaction, request: Request, *, outcome: contract.Outcome) -> None:
    """A request was finished."""
    tx.announce(
        contract.RequestCompleted(
            request_id=request.id,
            patient_id=request.patient_id,
            queue=request.queue,
            kind=request.kind,
            outcome=outcome,
        )
    )


def message_sent(
    tx: Transaction,
    request: Request,
    *,
    message_id: UUID,
    conversation_id: UUID,
    sender: contract.Sender,
    now: datetime,
) -> None:
    """A message was added to a conversation."""
    tx.announce(
        contract.MessageSent(
            message_id=message_id,
            conversation_id=conversation_id,
            request_id=request.id,
            patient_id=request.patient_id,
            queue=request.queue,
            sender=sender,
            sent_at=now,
        )
    )
