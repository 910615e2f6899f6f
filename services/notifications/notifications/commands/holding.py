"""What is held back after a restore: nobody here can know any more whether it was sent before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ..tables import delivery

HELD_AT_ONCE = 5000
HELD = "restored"  # the reason of what is held back
_HELD = (delivery.c.state == "suppressed") & (delivery.c.reason == HELD)
_FACTS = [delivery.c[name] for name in ("id", "event_id", "channel", "kind", "recipient_id")]


def hold(tx: Any) -> int:
    """Suppress a number of deliveries that wait; how many.

    What they need to be sent is kept: `send_held` lets them go. Nobody is told that they reached
    nobody, for perhaps they did.
    """
    waiting = delivery.c.state.in_(("queued", "sending"))
    ended = {"state": "suppressed", "reason": HELD, "settled_at": tx.now, "followed_up_at": tx.now}
    change = _some(waiting).values(**ended, lease=None, leased_until=None)
    return int(tx.execute(change).rowcount)


def held(tx: Any, *, since: datetime) -> list[dict[str, Any]]:
    """What has been held back since a moment and still is: ids and kinds."""
    which = _HELD & (delivery.c.settled_at >= since)
    return [dict(row) for row in tx.execute(select(*_FACTS).where(which)).mappings()]


def send_held(tx: Any) -> int:
    """Let a number of those go that were held back and are still worth sending; how many."""
    again = {"state": "queued", "reason": None, "settled_at": None, "due_at": tx.shared_now}
    change = _some(_HELD & (delivery.c.expires_at > tx.careful_now))
    return int(tx.execute(change.values(**again)).rowcount)


def _some(which: Any) -> Any:
    some = select(delivery.c.id, delivery.c.created_at).where(which).limit(HELD_AT_ONCE)
    keys = some.with_for_update(skip_locked=True).cte("some")
    return update(delivery).where(
        delivery.c.id == keys.c.id, delivery.c.created_at == keys.c.created_at
    )
