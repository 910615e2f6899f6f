"""The journal: what left the outboxes of late, kept at the broker for whoever must look back.

A restore sets the databases back to an earlier moment. What was announced after that moment is
then known to no database of ours, and where it has been heard already, to no queue: only to these
two streams. The relay adds each batch that it publishes; reading takes nothing away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pika

EVENTS, AUDIT = "portico.journal", "portico.journal.audit"
# What can be looked back on: a week, and no more disk than this for each of the two.
ARGUMENTS = {
    "x-queue-type": "stream",
    "x-max-age": "7D",
    "x-max-length-bytes": 2_000_000_000,
    "x-stream-max-segment-size-bytes": 50_000_000,
}
LARGEST = 500_000  # bytes of one message, more only where a single event is larger
READ_WITHIN = 60.0  # seconds without a message, although the end was not reached


class JournalSilent(Exception):
    """The broker stopped handing out the journal before its end."""


def declare(channel: Any) -> None:
    """Declare both streams; what is there already stays as it is."""
    for name in (EVENTS, AUDIT):
        channel.queue_declare(name, durable=True, arguments=ARGUMENTS)


def batches(bodies: Iterable[bytes]) -> Iterator[bytes]:
    """JSON objects as few JSON arrays, for the broker writes messages and not events."""
    held: list[bytes] = []
    size = 0
    for body in bodies:
        if held and size + len(body) > LARGEST:
            yield b"[" + b",".join(held) + b"]"
            held, size = [], 0
        held.append(body)
        size += len(body)
    if held:
        yield b"[" + b",".join(held) + b"]"


def messages(name: str, bodies: Iterable[bytes]) -> list[tuple[str, str, bytes]]:
    """The same for whoever publishes them: exchange, routing key and body of each."""
    # Straight to the stream: bound to the exchange it would count as somebody who listens, and an
    # event without any other queue would no longer be noticed.
    return [("", name, batch) for batch in batches(bodies)]


def read(connection: Any, name: str, *, since: datetime) -> Iterator[dict[str, Any]]:
    """What was published from ``since`` on, and some that was just before, oldest first.

    One that was published twice comes twice. Raises JournalSilent.
    """
    channel = connection.channel()
    mark = _mark_the_end(channel, name)
    channel.basic_qos(prefetch_count=200)
    arguments = {"x-stream-offset": since}
    for method, properties, body in channel.consume(
        name, arguments=arguments, inactivity_timeout=READ_WITHIN
    ):
        if method is None:
            raise JournalSilent(name)
        if properties.message_id == mark:
            break
        yield from json.loads(body)
        channel.basic_ack(method.delivery_tag)
    channel.close()


def reaches_back_to(connection: Any, name: str) -> dict[str, Any] | None:
    """The oldest entry that is still there; None where nothing was ever dropped."""
    channel = connection.channel()
    _mark_the_end(channel, name)
    channel.basic_qos(prefetch_count=1)
    for method, properties, body in channel.consume(
        name, arguments={"x-stream-offset": "first"}, inactivity_timeout=READ_WITHIN
    ):
        if method is None:
            raise JournalSilent(name)
        if properties.headers["x-stream-offset"] == 0:
            break
        if found := json.loads(body):
            channel.close()
            return dict(found[0])
        channel.basic_ack(method.delivery_tag)
        if properties.message_id:
            break
    channel.close()
    return None


def _mark_the_end(channel: Any, name: str) -> str:
    """Add a message of ours: how far there is to read, which a stream does not say."""
    mark = str(uuid4())
    channel.confirm_delivery()
    properties = pika.BasicProperties(message_id=mark, delivery_mode=2)
    channel.basic_publish("", name, b"[]", properties, mandatory=True)
    return mark
