"""What scheduling does when it hears of what happened elsewhere."""

from __future__ import annotations

from portico_contracts.identity import ContactDetailsChanged, StaffLeft
from portico_contracts.scheduling import VisitLostProvider
from portico_kit.database import Transaction

from .store import leaving, practice


def learn_name(tx: Transaction, event: ContactDetailsChanged) -> None:
    """Keep a patient's name for the day list: the desk calls people by it."""
    if event.person == "patient":
        practice.put_patient_name(
            tx,
            patient_id=event.person_id,
            first_name=event.first_name,
            last_name=event.last_name,
        )


def staff_left(tx: Transaction, event: StaffLeft) -> None:
    """Offer no more times with a provider who left, and tell of each visit that is left alone.

    The visits stand: whether to move them or to call them off is for people to say.
    """
    provider_id = leaving.hold_provider(tx, staff_account_id=event.staff_id)
    if provider_id is None:
        return
    leaving.offer_nothing(tx, provider_id, now=tx.now)
    for visit in leaving.coming_visits(tx, provider_id, now=tx.now):
        tx.announce(VisitLostProvider(**visit._mapping))
