"""Deliveries put right from outside: stuck, wrongly timed, out of date, no longer so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, select, text, update

from ..domain import (
    ASKED_TO_WAIT,
    CLOCKS_DIFFER,
    HELD,
    LONGEST_WAIT_ASKED,
    MOST_LEASES_LOST,
    MOST_TIDIED_AT_ONCE,
    RETRY_DELAYS,
    retry_delay,
)
from ..tables import delivery


def release_stuck(tx: Any) -> tuple[int, int]:
    """Queue again what a copy leased and never settled: it died, or hung past its lease.

    One over which that happened again and again ends its process, and is given up. How many were
    queued, and how many given up.
    """
    stuck = (delivery.c.state == "sending") & (delivery.c.leased_until < tx.shared_now)
    free = {"lease": None, "leased_until": None, "leases_lost": delivery.c.leases_lost + 1}
    hopeless = delivery.c.leases_lost + 1 >= MOST_LEASES_LOST
    ended = {"state": "failed", "reason": "ended_its_process", "settled_at": tx.now, "sealed": None}
    given_up = _change_some(tx, stuck & hopeless, free | ended)
    # Its provider may have it: nobody else gets it for a while.
    doubt = {"doubt_since": func.coalesce(delivery.c.doubt_since, tx.shared_now)}
    again = {"state": "queued", "reason": "lease_ended"} | doubt
    return _change_some(tx, stuck & ~hopeless, free | again), given_up


def pull_back(tx: Any, *, lease: timedelta) -> int:
    """Put right what was noted by a clock that ran ahead and has been set back; how many.

    Else it would wait until that wrong moment comes: nothing waits longer than its attempts say,
    or than it was asked to, and no lease reaches further than ``lease``.
    """
    now = tx.shared_now
    attempts = range(1, len(RETRY_DELAYS) + 1)
    waits = {n: now + retry_delay(attempts=n, chance=1) + CLOCKS_DIFFER for n in attempts}
    longest = case(
        (
            delivery.c.reason.in_((ASKED_TO_WAIT, HELD.reason)),
            now + 2 * LONGEST_WAIT_ASKED,
        ),
        else_=case(
            {0: now + CLOCKS_DIFFER, **waits},
            value=delivery.c.attempts,
            else_=max(waits.values()),
        ),
    )
    ahead = (delivery.c.state == "queued") & (delivery.c.due_at > longest)
    leased = delivery.c.leased_until > now + lease + CLOCKS_DIFFER
    return _change_some(tx, ahead, {"due_at": now}) + _change_some(
        tx, (delivery.c.state == "sending") & leased, {"leased_until": now + lease}
    )


def expire(tx: Any) -> int:
    """End what is no longer worth sending."""
    late = (delivery.c.state == "queued") & (delivery.c.expires_at <= tx.careful_now)
    return _change_some(tx, late, {"state": "expired", "settled_at": tx.now, "sealed": None})


def supersede(tx: Any, *, kind: str, person_id: UUID, subject_id: UUID | None = None) -> None:
    """Suppress what waits to be sent and is no longer so: of one kind, about one subject if given.

    Only what happened before the event at hand. What is with the provider cannot be called back.
    """
    old = update(delivery).where(
        _about(kind=kind, person_id=person_id, subject_id=subject_id),
        delivery.c.created_at < tx.envelope.occurred_at,
        delivery.c.state == "queued",
    )
    tx.execute(old.values(**superseded(tx)))


def _subject_of(row: Any) -> Any:
    """What a delivery is about, as text."""
    return row.c.parameters["subject_id"].astext


# Written once: they run with every notice that another may take back.
_LATER = (
    select(delivery.c.id)
    .where(delivery.c.recipient_id == bindparam("person_id"))
    .where(delivery.c.kind == bindparam("kind"), delivery.c.created_at > bindparam("after"))
    .limit(1)
)
_LATER_ABOUT = _LATER.where(_subject_of(delivery) == bindparam("subject_id"))


def is_overtaken(tx: Any, *, by: str, person_id: UUID, subject_id: UUID | None = None) -> bool:
    """Whether a notice of the kind ``by`` is known that happened after the event at hand."""
    asked = {"person_id": person_id, "kind": by, "after": tx.envelope.occurred_at}
    if subject_id is None:
        return tx.execute(_LATER, asked).first() is not None
    return tx.execute(_LATER_ABOUT, asked | {"subject_id": str(subject_id)}).first() is not None


def superseded(tx: Any) -> dict[str, Any]:
    """How a notice ends that is no longer so."""
    return {"state": "suppressed", "reason": "superseded", "settled_at": tx.now, "sealed": None}


def _about(*, kind: str, person_id: UUID, subject_id: UUID | None) -> ColumnElement[bool]:
    here = (delivery.c.recipient_id == person_id) & (delivery.c.kind == kind)
    if subject_id is not None:
        here = here & (_subject_of(delivery) == str(subject_id))
    return here


def _change_some(tx: Any, which: ColumnElement[bool], values: dict[str, Any]) -> int:
    # A bounded number at a time, so that a great backlog never outlasts a statement's deadline.
    some = select(delivery.c.id, delivery.c.created_at).where(which).limit(MOST_TIDIED_AT_ONCE)
    keys = some.with_for_update(skip_locked=True).cte("some")
    here = (delivery.c.id == keys.c.id) & (delivery.c.created_at == keys.c.created_at)
    return int(tx.execute(update(delivery).where(here).values(**values)).rowcount)


def make_partitions(tx: Any) -> None:
    """See that the partitions of this month and the next two are there."""
    # A function of the tables' owner: the service's own role may not create tables.
    tx.execute(text("SELECT make_delivery_partitions(CAST(:day AS date), 2)"), {"day": tx.now})
