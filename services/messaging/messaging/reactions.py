"""What messaging does when others' events arrive."""

from __future__ import annotations

from portico_contracts.billing import PaymentReviewDue
from portico_contracts.identity import ContactDetailsChanged, StaffLeft
from portico_contracts.notifications import NoticeReachedNobody
from portico_contracts.scheduling import VisitLostProvider
from portico_kit.database import Transaction

from .commands import ask_for_review, give_back
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


def staff_left(tx: Transaction, event: StaffLeft) -> None:
    """Give back to the queues what they had taken or were handed."""
    give_back(tx, event.staff_id, now=tx.now)


def visit_lost_provider(tx: Transaction, event: VisitLostProvider) -> None:
    """Let the front desk book another visit, or call the patient."""
    ask_for_review(
        tx,
        patient_id=event.patient_id,
        queue="visits",
        topic="visit",
        about=f"visit:{event.appointment_id}",
        code="provider_left",
        now=tx.now,
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
