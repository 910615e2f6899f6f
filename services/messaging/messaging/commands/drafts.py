"""Drafts: what somebody typed and has not sent, kept on the server."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portico_contracts.messaging import SaveDraft
from portico_kit.database import Transaction

from ..domain.queues import check_works_in
from ..domain.references import check_place, item_of_place
from ..store import drafts, requests


def save_draft(tx: Transaction, wanted: SaveDraft, *, now: datetime) -> UUID:
    """Keep a draft, or forget it when nothing is left of it; gives the patient's id.

    Raises BadRequest for a place that no page has, NotFound for an item that is not there.
    """
    patient_id = patient_of_place(tx, wanted.place)
    if not (wanted.body or wanted.subject or wanted.topic):
        drafts.forget_draft(tx, account_id=tx.actor.account_id, place=wanted.place)
        return patient_id
    content = {"topic": wanted.topic, "subject": wanted.subject, "body": wanted.body}
    drafts.save_draft(
        tx,
        account_id=tx.actor.account_id,
        place=wanted.place,
        patient_id=patient_id,
        content=content,
        now=now,
    )
    return patient_id


def patient_of_place(tx: Transaction, place: str) -> UUID:
    """Whose record a draft is about; staff need to work in the item's queue."""
    is_staff = tx.actor.kind == "staff"
    check_place(place, staff=is_staff)
    if not is_staff:
        return tx.patient_id
    request = requests.read_request(tx, item_of_place(place))
    check_works_in(request.queue, tx.actor.roles)
    tx.concerns(request.patient_id)
    return request.patient_id
