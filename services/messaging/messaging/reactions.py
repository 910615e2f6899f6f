"""What messaging does when others' events arrive."""

from __future__ import annotations

from portico_contracts.billing import PaymentReviewDue
from portico_contracts.identity import ContactDetailsChanged
from portico_contracts.notifications import NoticeReachedNobody
from portico_kit.database import Transaction

from .commands import ask_for_review
from .store import people

# What the front desk has words of its own for.
CALLED_ABOUT = frozenset({"invitation", "visit_cancelled", "result_released"})


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


def notice_reached_nobody(tx: Transaction, event: NoticeReachedNobody) -> None:
    """Let the front desk call a patient whom no mail and no text has reached."""
    kind = event.kind if event.kind in CALLED_ABOUT else "notice"
    ask_for_review(
        tx,
        patient_id=event.patient_id,
        queue="access",
        topic="other",
        about=f"notice:{event.notice_id}",
        code=f"unreached_{kind}",
        now=tx.now,
    )
