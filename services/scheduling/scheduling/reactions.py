"""What scheduling does when it hears of what happened elsewhere."""

from __future__ import annotations

from portico_contracts.identity import ContactDetailsChanged
from portico_kit.database import Transaction

from .store import practice


def learn_name(tx: Transaction, event: ContactDetailsChanged) -> None:
    """Keep a patient's name for the day list: the desk calls people by it."""
    if event.person == "patient":
        practice.put_patient_name(
            tx,
            patient_id=event.person_id,
            first_name=event.first_name,
            last_name=event.last_name,
        )
