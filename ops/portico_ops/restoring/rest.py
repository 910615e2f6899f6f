"""Bringing the restored house to rest before anybody outside hears of it.

What had come due meanwhile, and what was announced before the backup and not heard by everybody,
has its effects now, in silence: whatever would be sent for it is held back, because it may have
been sent before. Only then may the processes start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import text

from portico_contracts.wire import NotUnderstood, decode
from portico_kit import dead_letters
from portico_kit.clock import now as this_moment
from portico_kit.inbox import Delivery, react
from portico_kit.logs import where
from portico_ops.restoring.rooms import Room

# How long an event may have waited in a queue when the backup was taken. (A service that reads
# nothing for two days has raised its alarm for two days.)
LOOK_BACK = timedelta(days=2)

# Transaction ids belong to a server, and rows came from another one, or from its past: the relay
# would wait for ids that are long in the future.
OWN_IDS = (
    "UPDATE outbox SET xid = pg_current_xact_id() WHERE published_at IS NULL",
    "UPDATE audit_row SET xid = pg_current_xact_id() WHERE shipped_at IS NULL",
)
SHIPPED = text(
    "SELECT seq, id FROM audit_row WHERE shipped_at >= :since AND seq > :after "
    "ORDER BY seq LIMIT 500"
)
IN_LEDGER = text("SELECT row_id FROM ledger WHERE row_id = ANY(:ids)")
SHIP_AGAIN = text(
    "UPDATE audit_row SET shipped_at = NULL, xid = pg_current_xact_id() WHERE seq = ANY(:seqs)"
)
ANNOUNCED = text(
    "SELECT seq, event_id, name, version, aggregate_id, sequence, occurred_at, data FROM outbox "
    "WHERE seq > :after AND (published_at IS NULL OR published_at >= :since) "
    "ORDER BY seq LIMIT 500"
)
HEARD = text(
    "SELECT event_id FROM inbox WHERE subscription = :title AND event_id = ANY(:ids) UNION ALL "
    "SELECT event_id FROM failed_delivery WHERE subscription = :title AND event_id = ANY(:ids)"
)


@dataclass
class Rest:
    """What was done: reactions that had their effect now, those that failed, rows to ship again."""

    applied: Counter[str] = field(default_factory=Counter)
    failed: list[dict[str, str]] = field(default_factory=list)
    shipped_again: int = 0


def mend_outboxes(rooms: Mapping[str, Room], *, since: datetime, rest: Rest) -> None:
    """Let everything leave that had not reached its readers when the backup was taken."""
    for room in rooms.values():
        with room.store.transaction() as tx:
            for statement in OWN_IDS:
                tx.execute(text(statement))
        rest.shipped_again += _ship_again(room, rooms["identity"], since)


def _ship_again(room: Room, identity: Room, since: datetime) -> int:
    """Audit rows that were on their way to the ledger at that moment; how many."""
    after, count = 0, 0
    while True:
        with room.store.transaction() as tx:
            rows = tx.execute(SHIPPED, {"since": since - LOOK_BACK, "after": after}).all()
        if not rows:
            return count
        with identity.store.transaction() as tx:
            there = set(tx.execute(IN_LEDGER, {"ids": [row.id for row in rows]}).scalars())
        lost = [row.seq for row in rows if row.id not in there]
        if lost:
            with room.store.transaction() as tx:
                tx.execute(SHIP_AGAIN, {"seqs": lost})
        count += len(lost)
        after = rows[-1].seq


def come_due(rooms: Mapping[str, Room]) -> None:
    """Let the clocks of the services catch up: reminders whose time has passed."""
    from scheduling import commands as scheduling

    store = rooms["scheduling"].store
    scheduling.remind_all(store)
    with store.transaction() as tx:
        scheduling.reconcile(tx)


def hear_everything(rooms: Mapping[str, Room], *, since: datetime, rest: Rest) -> None:
    """Let every service hear what it has not heard yet, and what follows from that, to the end."""
    read = dict.fromkeys(rooms, 0)
    moved = True
    while moved:
        moved = False
        for name, room in rooms.items():
            for rows in _announced(room, after=read[name], since=since):
                moved, read[name] = True, rows[-1].seq
                _hear(name, rows, rooms, rest)


def _announced(room: Room, *, after: int, since: datetime) -> Iterator[Any]:
    while True:
        with room.store.transaction() as tx:
            rows = tx.execute(ANNOUNCED, {"after": after, "since": since - LOOK_BACK}).all()
        if not rows:
            return
        yield rows
        after = rows[-1].seq


def _hear(producer: str, rows: Any, rooms: Mapping[str, Room], rest: Rest) -> None:
    for room in rooms.values():
        missed = _missed(rows, room)
        for row in rows:
            for title, reaction in room.reactions.get(f"{row.name}.v{row.version}", ()):
                if (row.event_id, title) in missed:
                    _apply(producer, row, room, title, reaction, rest)


def _missed(rows: Any, room: Room) -> set[tuple[Any, str]]:
    """Which events which of a service's reactions has neither had nor kept for another attempt."""
    wanted: dict[str, list[Any]] = {}
    for row in rows:
        for title, _ in room.reactions.get(f"{row.name}.v{row.version}", ()):
            wanted.setdefault(title, []).append(row.event_id)
    missed: set[tuple[Any, str]] = set()
    with room.store.transaction() as tx:
        for title, ids in wanted.items():
            heard = set(tx.execute(HEARD, {"title": title, "ids": ids}).scalars())
            missed |= {(event_id, title) for event_id in ids if event_id not in heard}
    return missed


def _apply(
    producer: str, row: Any, room: Room, title: str, reaction: Any, rest: Rest
) -> None:  # fmt: skip
    body = _envelope(producer, row)
    try:
        delivery = Delivery(title, decode(body), body)
        react(room.store, delivery, reaction, now=this_moment())
        rest.applied[title] += 1
    except NotUnderstood:
        # It leaves with the relay as it is, and lands where such events land.
        rest.failed.append({"event_id": str(row.event_id), "subscription": title, "error": "?"})
    except Exception as problem:
        # Kept like any reaction that failed: the service tries again once it runs.
        error = f"{type(problem).__name__} at {where(problem)}"
        with room.store.transaction() as tx:
            dead_letters.failed(tx, delivery, error)
        rest.failed.append({"event_id": str(row.event_id), "subscription": title, "error": error})


def _envelope(producer: str, row: Any) -> bytes:
    names = ("event_id", "name", "version", "aggregate_id", "sequence", "occurred_at")
    head = {name: getattr(row, name) for name in names}
    return orjson.dumps(head | {"producer": producer, "data": orjson.Fragment(row.data)})
