"""What billing announces: statements, and how payments ended."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ..event import event
from ..fields import Plain
from .kinds import Trouble


@event("billing", aggregate="statement_id", heard_by=("notifications",))
class StatementIssued:
    """A statement was issued to a patient. Heard by notifications."""

    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    due_on: Plain[date]


@event("billing", aggregate="payment_id", heard_by=("notifications", "gateway"))
class PaymentSucceeded:
    """Money was received for a statement. Heard by notifications, gateway."""

    payment_id: Plain[UUID]
    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    amount_cents: Plain[int]
    currency: Plain[str]
    card_last_four: Plain[str | None] = None


@event("billing", aggregate="payment_id", heard_by=("notifications", "gateway"))
class PaymentFailed:
    """A payment came to nothing; no money moved. Heard by notifications, gateway."""

    payment_id: Plain[UUID]
    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    reason: Plain[str]


@event("billing", aggregate="payment_id", heard_by=("messaging",))
class PaymentReviewDue:
    """A payment needs a person: it could not be settled in time, or more was paid than owed.

    Announced once a payment. It is tried on meanwhile; ``trouble`` says what stands in the way.
    Heard by messaging, which puts it into the queue of the billing team.
    """

    payment_id: Plain[UUID]
    statement_id: Plain[UUID]
    patient_id: Plain[UUID]
    trouble: Plain[Trouble]
