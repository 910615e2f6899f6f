"""What the broker knows and the databases no longer do: out of its queues, and its journal."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pika
from sqlalchemy import text

from portico_kit import journal
from portico_kit.topology import AUDIT_EXCHANGE, LEDGER_QUEUE, UNROUTABLE
from portico_ops.backup.manifest import open_private
from portico_ops.restoring.rooms import Room

LANES = ("urgent", "normal", "bulk", "dead")
QUIET = 1.0  # seconds without a message, where none is counted any more, after which all is read
AT_ONCE = 500
# The clocks of services and of databases may differ by so much, and more.
CLOCKS_DIFFER = timedelta(minutes=5)
KNOWN = {
    journal.EVENTS: "SELECT event_id FROM outbox "
    "WHERE published_at IS NULL OR published_at >= :since",
    journal.AUDIT: "SELECT id FROM audit_row WHERE shipped_at IS NULL OR shipped_at >= :since",
}
THERE = {
    journal.EVENTS: "SELECT event_id FROM outbox WHERE event_id = ANY(:ids)",
    journal.AUDIT: "SELECT id FROM audit_row WHERE id = ANY(:ids)",
}
MOMENT = {journal.EVENTS: "occurred_at", journal.AUDIT: "at"}
EVENT = ("event_id", "name", "version", "producer", "aggregate_id", "sequence", "occurred_at")
ACT = ("id", "at", "service", "method", "category", "action")


class BrokerInUse(Exception):
    """Somebody reads from the queues; the message says from which."""


@dataclass
class Ahead:
    """What no database knows: events and audited changes by id, how often somebody read what, and
    from when on that is all of it, where the journal does not reach back far enough.
    """

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    acts: dict[str, dict[str, Any]] = field(default_factory=dict)
    reads: Counter[str] = field(default_factory=Counter)
    drained: Counter[str] = field(default_factory=Counter)
    put_into_ledger: int = 0
    complete_from: dict[str, str] = field(default_factory=dict)


def queues_of(services: tuple[str, ...]) -> list[str]:
    """The queues that events wait in. The ledger's is none of them: what was done is kept there,
    whether or not it still stands.
    """
    return [f"{service}.{lane}" for service in services for lane in LANES] + [UNROUTABLE]


def refuse_readers(connection: Any, services: tuple[str, ...]) -> None:
    """Raises BrokerInUse while a process reads from one of the queues."""
    for queue in (*queues_of(services), LEDGER_QUEUE):
        found = connection.channel().queue_declare(queue, passive=True).method
        if found.consumer_count:
            raise BrokerInUse(f"{queue} is being read. Stop every process of Portico first.")


def drain(connection: Any, queue: str, file: Path) -> int:
    """Take every message out of a queue, each once it is safe in the file (a line a message)."""
    if not _count(connection, queue):
        return 0
    channel = connection.channel()
    channel.basic_qos(prefetch_count=AT_ONCE)
    count, tag, unsafe = 0, 0, 0
    with open_private(file, "a") as kept:
        for method, _properties, body in channel.consume(queue, inactivity_timeout=QUIET):
            if method is not None:
                kept.write(_line(queue, body))
                count, tag, unsafe = count + 1, method.delivery_tag, unsafe + 1
            if unsafe == AT_ONCE or (unsafe and method is None):
                kept.flush()
                os.fsync(kept.fileno())
                channel.basic_ack(tag, multiple=True)
                unsafe = 0
            if method is None and not _count(connection, queue):
                break
    channel.close()
    return count


def look_at_drained(
    file: Path, rooms: Mapping[str, Room], *, since: datetime, ahead: Ahead
) -> None:
    """Add what was taken out of the queues and stands in no database any more."""
    seen = Seen.of(rooms, journal.EVENTS, since=since)
    # One that was interrupted may have kept a message, and left it in its queue as well.
    for line in dict.fromkeys(file.read_text().splitlines() if file.exists() else ()):
        kept = json.loads(line)
        ahead.drained[kept["queue"]] += 1
        try:
            if seen.is_ahead(kept["event"]):
                facts = _facts(kept["event"])
                ahead.events.setdefault(facts["event_id"], facts)
        except (KeyError, TypeError, ValueError):
            continue  # no event of ours: it stays in the file


def look_at_journal(
    connection: Any, rooms: Mapping[str, Room], *, since: datetime, ahead: Ahead
) -> None:
    """Add what was published since that moment and stands in no database any more.

    What was done is put into the ledger again, whatever became of its effect: it was done.
    """
    _look_at_events(connection, rooms, since, ahead)
    _look_at_acts(connection, rooms, since, ahead)
    for name, at in MOMENT.items():
        oldest = journal.reaches_back_to(connection, name)
        if oldest is not None and datetime.fromisoformat(oldest[at]) > since:
            ahead.complete_from[name] = oldest[at]


def _look_at_events(
    connection: Any, rooms: Mapping[str, Room], since: datetime, ahead: Ahead
) -> None:
    seen = Seen.of(rooms, journal.EVENTS, since=since)
    for entry in journal.read(connection, journal.EVENTS, since=since - CLOCKS_DIFFER):
        if seen.is_ahead(entry):
            ahead.events.setdefault(entry["event_id"], _facts(entry))
    # What was announced while we were reading is known by now.
    for number in seen.known_by_now(rooms, list(ahead.events)):
        del ahead.events[number]


def _look_at_acts(
    connection: Any, rooms: Mapping[str, Room], since: datetime, ahead: Ahead
) -> None:
    seen = Seen.of(rooms, journal.AUDIT, since=since)
    done: set[str] = set()
    rows: list[dict[str, Any]] = []
    for row in journal.read(connection, journal.AUDIT, since=since - CLOCKS_DIFFER):
        if seen.is_ahead(row) and row["id"] not in done:
            done.add(row["id"])
            rows.append(row)
        if len(rows) == AT_ONCE:
            _keep_acts(connection, rooms, rows, seen, ahead)
            rows = []
    _keep_acts(connection, rooms, rows, seen, ahead)


def _keep_acts(
    connection: Any, rooms: Mapping[str, Room], rows: list[dict[str, Any]], seen: Seen, ahead: Ahead
) -> None:
    known = seen.known_by_now(rooms, [row["id"] for row in rows])
    lost = [row for row in rows if row["id"] not in known]
    for row in lost:
        if row["action"] == "read":
            ahead.reads[f"{row['service']}.{row['method']}"] += 1
        else:
            ahead.acts[row["id"]] = {name: row[name] for name in ACT}
    ahead.put_into_ledger += _put_into_ledger(connection, lost)


@dataclass
class Seen:
    """Tells what is known to the databases from what lies ahead of them."""

    kind: str
    earliest: datetime
    known: set[str]

    @classmethod
    def of(cls, rooms: Mapping[str, Room], kind: str, *, since: datetime) -> Seen:
        """With all that the databases hold of around that moment, and later."""
        earliest = since - CLOCKS_DIFFER
        found = _ask(rooms, KNOWN[kind], {"since": earliest})
        return cls(kind, earliest, found)

    def is_ahead(self, entry: Mapping[str, Any]) -> bool:
        """Whether no database knows it. What is older and not there was forgotten in its time."""
        number = entry["event_id" if self.kind == journal.EVENTS else "id"]
        moment = datetime.fromisoformat(entry[MOMENT[self.kind]])
        return number not in self.known and moment >= self.earliest

    def known_by_now(self, rooms: Mapping[str, Room], numbers: list[str]) -> set[str]:
        """Which of these the databases know after all."""
        if not numbers:
            return set()
        return _ask(rooms, THERE[self.kind], {"ids": [UUID(number) for number in numbers]})


def _ask(rooms: Mapping[str, Room], query: str, values: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for room in rooms.values():
        with room.store.transaction() as tx:
            found |= {str(each) for each in tx.execute(text(query), values).scalars()}
    return found


def _facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Ids, names and times of an event, never what it says."""
    return {name: entry[name] for name in EVENT}


def _put_into_ledger(connection: Any, rows: list[dict[str, Any]]) -> int:
    """Hand audited acts to the ledger once more: rows that it knows already change nothing."""
    if rows:
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2)
        body = json.dumps(rows).encode()
        channel.basic_publish(AUDIT_EXCHANGE, "rows", body, properties, mandatory=True)
        channel.close()
    return len(rows)


def _count(connection: Any, queue: str) -> int:
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).method.message_count)
    finally:
        channel.close()


def _line(queue: str, body: bytes) -> str:
    """The message itself: what a person may need who has to call somebody."""
    try:
        return json.dumps({"queue": queue, "event": json.loads(body)}) + "\n"
    except ValueError:
        return json.dumps({"queue": queue, "base64": base64.b64encode(body).decode()}) + "\n"
