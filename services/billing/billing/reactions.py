"""What billing does when something happened elsewhere."""

from __future__ import annotations

from typing import Any

from portico_contracts.identity import ContactDetailsChanged

from . import store


def contact_changed(tx: Any, event: ContactDetailsChanged) -> None:
    """Keep where a patient lives, so that due dates follow their calendar; nothing else."""
    if event.person == "patient":
        store.keep_zone(
            tx, patient_id=event.person_id, zone=event.zone, changed_at=tx.envelope.occurred_at
        )
