"""The inbox: a second delivery of an event has no second effect.

The row ``(subscription, event_id)`` is written in the reaction's own transaction; the message is
acknowledged after the commit. An event whose predecessor about the same aggregate still waits for
another attempt is parked behind it, so that order holds per aggregate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from portico_contracts.event import Envelope

from . import dead_letters
from .database import Store, Transaction
from .fail_points import reach
from .tables import inbox

Outcome = Literal["done", "duplicate", "parked"]
Reaction = Callable[[Transaction, Any], object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one subscription, with the bytes it came as."""

    subscription: str
    envelope: Envelope
    body: bytes


# The row comes back only if it is new: an INSERT's rowcount is not kept by SQLAlchemy.
_RECEIVED = (
    insert(inbox)
    .values({column.name: bindparam(column.name) for column in inbox.c})
    .on_conflict_do_nothing()
    .returning(inbox.c.event_id)
)


def react(store: Store, delivery: Delivery, reaction: Reaction, *, now: datetime) -> Outcome:
    """Apply an event once. Whatever the reaction raises comes out, and nothing was changed."""
    with store.transaction(now=now) as tx:
        if dead_letters.waits_before(tx, delivery):
            dead_letters.park(tx, delivery)
            return "parked"
        return apply(tx, delivery, reaction)


def apply(tx: Transaction, delivery: Delivery, reaction: Reaction) -> Outcome:
    """Mark the event as received and react, in a transaction that is already open."""
    envelope = delivery.envelope
    row = {"subscription": delivery.subscription, "event_id": envelope.event_id, "at": tx.now}
    if tx.execute(_RECEIVED, row).first() is None:
        return "duplicate"
    tx.envelope = envelope
    reach("before_effect")
    reaction(tx, envelope.event)
    return "done"
