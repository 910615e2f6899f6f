"""What messaging announces: ids, kinds and times."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ..event import event
from ..fields import Plain
from .kinds import Kind, Outcome, Queue, Sender


@event("messaging", aggregate="conversation_id", heard_by=("notifications", "gateway"))
class MessageSent:
    """A message was added to a conversation; the patient is told of those from staff."""

    message_id: Plain[UUID]
    conversation_id: Plain[UUID]
    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    queue: Plain[Queue]
    sender: Plain[Sender]
    sent_at: Plain[datetime]


@event("messaging", aggregate="request_id", heard_by=("notifications", "gateway"))
class RequestSubmitted:
    """A patient asked for something, or a service for a review; an answer is due at ``due_at``."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    queue: Plain[Queue]
    kind: Plain[Kind]
    due_at: Plain[datetime]


@event("messaging", aggregate="request_id", heard_by=("gateway",))
class RequestAssigned:
    """A request changed hands; ``staff_id`` None gives it back to the queue."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    queue: Plain[Queue]
    staff_id: Plain[UUID | None]


@event("messaging", aggregate="request_id", heard_by=("gateway",))
class RequestRouted:
    """A request moved from one queue to another."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    from_queue: Plain[Queue]
    queue: Plain[Queue]


@event("messaging", aggregate="request_id", heard_by=("notifications", "gateway"))
class RequestCompleted:
    """A request was finished."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    queue: Plain[Queue]
    kind: Plain[Kind]
    outcome: Plain[Outcome]


@event("messaging", aggregate="request_id", heard_by=("gateway",))
class RequestReopened:
    """A finished request is open again, due at ``due_at``."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    queue: Plain[Queue]
    kind: Plain[Kind]
    due_at: Plain[datetime]


@event("messaging", aggregate="request_id", heard_by=("notifications", "gateway"))
class RefillApproved:
    """A refill was sent to the pharmacy."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    medication_id: Plain[UUID]
    staff_id: Plain[UUID]
    decided_at: Plain[datetime]


@event("messaging", aggregate="request_id", heard_by=("notifications", "gateway"))
class RefillDenied:
    """A refill needs a visit first or is not given."""

    request_id: Plain[UUID]
    patient_id: Plain[UUID]
    medication_id: Plain[UUID]
    outcome: Plain[Literal["needs_visit", "not_refilled"]]
    decided_at: Plain[datetime]
