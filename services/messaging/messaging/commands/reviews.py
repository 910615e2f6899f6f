"""Reviews: what another service cannot end by itself, as an item in a team's queue."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from portico_contracts import messaging as contract
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from ..domain import standing
from ..domain.queues import REVIEW_PROMISE
from ..store import requests
from ..store.requests import Request
from . import announcements


def ask_for_review(
    tx: Transaction,
    *,
    patient_id: UUID,
    queue: contract.Queue,
    topic: contract.Topic,
    about: str,
    code: str,
    now: datetime,
) -> UUID:
    """Put an item into a queue: ``about`` names what it is about, ``code`` why; the item's id.

    The patient does not see it and is not told.
    """
    request = Request(
        id=new_id(),
        patient_id=patient_id,
        queue=queue,
        kind="review",
        topic=topic,
        standing=standing.asked(tx.config.hours, promise=REVIEW_PROMISE, now=now),
    )
    requests.insert_request(tx, request, by=None, now=now)
    requests.insert_review(tx, request.id, about=about, code=code)
    announcements.submitted(tx, request)
    return request.id
