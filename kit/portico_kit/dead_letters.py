"""Failed deliveries: bounded attempts with delay, then a dead letter that a person can see.

Attempts are counted here, in the service's database, and not by the broker: a delay needs no
queue, survives a restart, and a dead letter is a row that staff can list, replay and drop
(see failures.py).
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Interval, Select, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from portico_contracts.failures import AlreadyDropped, DropReasonNeeded, NotFailed
from portico_contracts.refusal import NotFound

from .tables import failed_delivery as table

if TYPE_CHECKING:
    from .database import Transaction
    from .inbox import Delivery

DELAYS = (10, 60, 600, 3600)  # seconds before the 2nd, 3rd, 4th and 5th attempt
JITTER = 0.2
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between processes that are well
LEASE = timedelta(seconds=60)  # how long an attempt under way is left alone
WAITING, DEAD, DROPPED, APPLIED = "waiting", "dead", "dropped", "applied"


# Written once: these run with every event, or twice a second, and putting a statement together
# costs as much as running it.
_EARLIER = select(
    exists().where(
        table.c.aggregate_id == bindparam("aggregate_id"),
        table.c.sequence < bindparam("sequence"),
        table.c.state == WAITING,
    )
)


def waits_before(tx: Transaction, delivery: Delivery) -> bool:
    """Whether an earlier event of the same aggregate still waits, for any reaction of the service.

    What a visit's booking waits for, its cancelling waits for too.
    """
    envelope = delivery.envelope
    asked = {"aggregate_id": envelope.aggregate_id, "sequence": envelope.sequence}
    return bool(tx.execute(_EARLIER, asked).scalar_one())


def park(tx: Transaction, delivery: Delivery) -> None:
    """Keep an event until its turn, unless it is kept already; no attempt is counted."""
    row = _row(delivery, state=WAITING, attempts=0, due_at=tx.now)
    tx.execute(row.on_conflict_do_nothing())


def failed(
    tx: Transaction, delivery: Delivery, error: str, *, delays: tuple[float, ...] = DELAYS
) -> str:
    """Count a failed first attempt; the state the delivery is in now: ``waiting`` or ``dead``."""
    attempts = _attempts(tx, delivery) + 1
    values = {"attempts": attempts, **_what_follows(tx, attempts, error, delays)}
    row = _row(delivery, **values)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=["subscription", "event_id"],
            set_={name: row.excluded[name] for name in values},
        )
    )
    return str(values["state"])


def missed(tx: Transaction, letter: Any, error: str, *, delays: tuple[float, ...] = DELAYS) -> str:
    """What follows a claimed attempt that failed: the state, ``waiting`` or ``dead``."""
    values = _what_follows(tx, letter.attempts, error, delays)
    tx.execute(update(table).where(table.c.id == letter.id).values(values))
    return str(values["state"])


def unreadable(tx: Transaction, subscription: str, body: bytes, error: str) -> None:
    """Keep a message that is no event we know, or that killed its process, for a person."""
    values = {"subscription": subscription, "body": body, "state": DEAD, "error": error}
    tx.execute(insert(table).values(**values, first_at=tx.now, last_at=tx.now))


def unread(tx: Transaction, row_id: int, error: str) -> None:
    """A letter that was to be tried again cannot be read by this code: dead again, at once."""
    values = {"state": DEAD, "error": error, "due_at": None, "last_at": tx.now}
    tx.execute(update(table).where(table.c.id == row_id).values(values))


def claim(tx: Transaction, *, delays: tuple[float, ...] = DELAYS) -> Any | None:
    """The next delivery whose time has come and whose predecessors are through, or None.

    Its attempt is counted here, to be committed before it is made: a delivery that ends its
    process each time must run out of attempts like any other.
    """
    longest = max(LEASE, timedelta(seconds=max(delays, default=0) * (1 + JITTER)))
    while (row := _next_due(tx, longest=longest + CLOCKS_DIFFER)) is not None:
        mine = update(table).where(table.c.id == row.id)
        if row.attempts > len(delays):
            tx.execute(mine.values(_what_follows(tx, row.attempts, "ended its process", delays)))
            continue
        due_at = tx.shared_now + LEASE
        values = {"attempts": row.attempts + 1, "due_at": due_at, "last_at": tx.now}
        return tx.execute(mine.values(values).returning(*table.c)).one()
    return None


def still_mine(tx: Transaction, letter: Any) -> bool:
    """Lock a claimed delivery; False where another copy has taken it over since."""
    mine = select(table.c.id).where(
        table.c.id == letter.id, table.c.state == WAITING, table.c.attempts == letter.attempts
    )
    return tx.execute(mine.with_for_update()).first() is not None


def _next_due(tx: Transaction, *, longest: timedelta) -> Any | None:
    return tx.execute(_NEXT, {"now": tx.told_now, "longest": longest}).one_or_none()


def _next() -> Select[Any]:
    now = func.coalesce(bindparam("now", type_=table.c.due_at.type), func.now())
    # A moment further ahead than any delay was noted by a clock that has been set back since.
    impossible = table.c.due_at > now + bindparam("longest", type_=Interval())
    ahead = table.alias("ahead")
    blocked = exists().where(
        ahead.c.aggregate_id == table.c.aggregate_id,
        ahead.c.sequence < table.c.sequence,
        ahead.c.state == WAITING,
    )
    return (
        select(table)
        .where(table.c.state == WAITING, or_(table.c.due_at <= now, impossible), ~blocked)
        .order_by(table.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=table)
    )


_NEXT = _next()


def settled(tx: Transaction, row: Any) -> None:
    """A delivery has been applied: its row goes, but for what a person had to see to.

    That stays for who asks what became of it, without its body.
    """
    here = table.c.id == row.id
    if row.acted_at is None:
        tx.execute(delete(table).where(here))
        return
    done = {"state": APPLIED, "body": b"", "due_at": None, "last_at": tx.now}
    tx.execute(update(table).where(here).values(done))


def page(
    tx: Transaction, *, after: int | None = None, limit: int = 50, handled: bool = False
) -> list[dict[str, Any]]:
    """Dead letters, oldest first, or with ``handled`` those that a person saw to, newest first:
    everything but their bodies. ``after`` is the id of the last one of the page before.
    """
    query = select(*_FACTS)
    if handled:
        query = query.where(table.c.state != DEAD, table.c.acted_at.is_not(None))
        query = query.order_by(table.c.id.desc())
    else:
        query = query.where(table.c.state == DEAD).order_by(table.c.id)
    if after is not None:
        query = query.where(table.c.id < after if handled else table.c.id > after)
    return [dict(row) for row in tx.execute(query.limit(min(limit, 200))).mappings()]


def one(tx: Transaction, row_id: int) -> dict[str, Any]:
    """One of them, without its body. Raises NotFound."""
    row = tx.execute(select(*_FACTS).where(table.c.id == row_id)).mappings().one_or_none()
    if row is None:
        raise NotFound
    return dict(row)


def body(tx: Transaction, row_id: int) -> bytes:
    """The bytes that it came as; none once it has been applied. Raises NotFound."""
    found = tx.execute(select(table.c.body).where(table.c.id == row_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return bytes(found)


def dead_before(tx: Transaction, row_id: int) -> list[int]:
    """Dead letters that come before it: about the same thing, whichever reaction they are for."""
    later = table.alias("later")
    query = (
        select(table.c.id)
        .join(later, later.c.aggregate_id == table.c.aggregate_id)
        .where(later.c.id == row_id, table.c.sequence < later.c.sequence, table.c.state == DEAD)
    )
    return list(tx.execute(query.order_by(table.c.sequence)).scalars())


def replay(tx: Transaction, row_id: int) -> list[int]:
    """Give a dead letter its attempts again, now, and first those before it about the same thing.

    Returns all that are tried again by this, in their order: none where it is being tried
    already, or was applied. Raises NotFound, AlreadyDropped.
    """
    state = _locked_state(tx, row_id)
    if state == DROPPED:
        raise AlreadyDropped
    if state != DEAD:
        return []
    tried = [*dead_before(tx, row_id), row_id]
    again = {"state": WAITING, "attempts": 0, "due_at": tx.now, **_acted(tx)}
    tx.execute(update(table).where(table.c.id.in_(tried), table.c.state == DEAD).values(again))
    return tried


def drop(tx: Transaction, row_id: int, *, reason: str) -> None:
    """Give a dead letter up for good, saying why; the row stays.

    Raises NotFound, DropReasonNeeded, NotFailed.
    """
    if not reason.strip():
        raise DropReasonNeeded
    state = _locked_state(tx, row_id)
    if state != DEAD:
        raise NotFailed(state=state)
    given_up = {"state": DROPPED, "reason": reason.strip(), "last_at": tx.now, **_acted(tx)}
    tx.execute(update(table).where(table.c.id == row_id).values(given_up))


_FACTS = [column for column in table.c if column.name != "body"]


def _locked_state(tx: Transaction, row_id: int) -> str:
    query = select(table.c.state).where(table.c.id == row_id).with_for_update()
    state = tx.execute(query).scalar_one_or_none()
    if state is None:
        raise NotFound
    return str(state)


def _acted(tx: Transaction) -> dict[str, Any]:
    return {"acted_by": tx.actor.account_id, "acted_at": tx.now}


def counts(tx: Transaction) -> dict[str, int]:
    """How many deliveries wait and how many are dead (for metrics and alarms)."""
    query = select(table.c.state, func.count()).where(table.c.state.in_((WAITING, DEAD)))
    found: dict[str, int] = dict(tx.execute(query.group_by(table.c.state)).all())  # type: ignore[arg-type]
    return {WAITING: found.get(WAITING, 0), DEAD: found.get(DEAD, 0)}


def _attempts(tx: Transaction, delivery: Delivery) -> int:
    query = select(table.c.attempts).where(
        table.c.subscription == delivery.subscription,
        table.c.event_id == delivery.envelope.event_id,
    )
    return int(tx.execute(query.with_for_update()).scalar() or 0)


def _what_follows(
    tx: Transaction, attempts: int, error: str, delays: tuple[float, ...]
) -> dict[str, Any]:
    waits = attempts <= len(delays)
    return {
        "state": WAITING if waits else DEAD,
        "due_at": tx.shared_now + _delay(delays[attempts - 1]) if waits else None,
        "error": error,
        "last_at": tx.now,
    }


def _row(delivery: Delivery, **values: Any) -> Any:
    envelope = delivery.envelope
    event_id: UUID = envelope.event_id
    return insert(table).values(
        subscription=delivery.subscription,
        event_id=event_id,
        event_name=envelope.name,
        aggregate_id=envelope.aggregate_id,
        sequence=envelope.sequence,
        body=delivery.body,
        **values,
    )


def _delay(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311
