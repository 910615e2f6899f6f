"""What messaging does when others' events arrive."""

from __future__ import annotations

from portico_contracts.billing import PaymentReviewDue
from portico_contracts.identity import ContactDetailsChanged
from portico_kit.database import Transaction

from .commands import ask_for_review
from .store import people


def remember_person(tx: Transaction, event: ContactDetailsChanged) -> None:
    """Keep a name and a language, so that queues and threads can say whom they are about."""
    people.save_person(
        tx,
        person_id=event.person_id,
        kind=event.person,
        name=f"{event.first_name} {event.last_name}".strip(),
        language=event.language,
    )


def payment_review_due(tx: Transaction, event: PaymentReviewDue) -> None:
    """Let the billing team look at a payment that billing cannot settle by itself."""
    ask_for_review(
        tx,
        patient_id=event.patient_id,
        queue="billing",
        topic="bill",
        about=f"payment:{event.payment_id}",
        code=f"payment_{event.trouble}",
        now=tx.now,
    )
