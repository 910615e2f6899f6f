"""The outbox: events wait in the transaction that made them true (see relay.py for the rest)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from portico_contracts.event import promise_of
from portico_contracts.schema import dump

from .ids import new_id

# One round trip: the aggregate's next number (its row lock keeps writers of one aggregate in
# order until commit) and the event itself. Times of one aggregate go up as its numbers do, even
# when the clock was set back: who keeps the newest of two facts may go by either.
_WRITE = text(
    "WITH n AS (INSERT INTO aggregate_sequence AS known (aggregate_id, sequence, last_at) "
    "VALUES (:aggregate_id, 1, :occurred_at) "
    "ON CONFLICT (aggregate_id) DO UPDATE SET sequence = known.sequence + 1, last_at = "
    "greatest(EXCLUDED.last_at, known.last_at + interval '1 microsecond') "
    "RETURNING sequence, last_at) "
    "INSERT INTO outbox (event_id, name, version, aggregate_id, sequence, occurred_at, data) "
    "SELECT :event_id, :name, :version, :aggregate_id, n.sequence, n.last_at, :data FROM n"
)


def write(connection: Connection, event: Any, *, occurred_at: datetime) -> None:
    """Add one event to this transaction. KeyError where the class is not a declared event."""
    promise = promise_of(type(event))
    connection.execute(
        _WRITE,
        {
            "event_id": new_id(),
            "name": promise.name,
            "version": promise.version,
            "aggregate_id": str(getattr(event, promise.aggregate)),
            "occurred_at": occurred_at,
            "data": json.dumps(dump(event), separators=(",", ":")),
        },
    )
