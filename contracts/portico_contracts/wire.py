"""The wire form of events: JSON bytes out, a checked envelope in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from .event import REGISTRY, Envelope, promise_of
from .schema import dump, schema_of

LARGEST_EVENT = 64 * 1024


class NotUnderstood(Exception):
    """A message is not an event that we know; the text names the reason, never the body."""


def encode(event: Any, *, event_id: UUID, sequence: int, occurred_at: datetime) -> bytes:
    """The bytes that travel: the envelope's fields and the fact under ``data``."""
    promise = promise_of(type(event))
    body = {
        "event_id": str(event_id),
        "name": promise.name,
        "version": promise.version,
        "producer": promise.producer,
        "aggregate_id": str(getattr(event, promise.aggregate)),
        "sequence": sequence,
        "occurred_at": occurred_at.isoformat(),
        "data": dump(event),
    }
    return json.dumps(body, separators=(",", ":")).encode()


def decode(body: bytes) -> Envelope:
    """Check and read an event. Fields added by a later minor change are ignored.

    Raises NotUnderstood: too large, not JSON, an unknown event or version, a field missing.
    """
    if len(body) > LARGEST_EVENT:
        raise NotUnderstood("too large")
    try:
        return _envelope(json.loads(body))
    except ValidationError as problem:
        raise NotUnderstood(f"fields: {', '.join(map(str, problem.messages_dict))}") from None
    except KeyError as problem:
        raise NotUnderstood(f"missing: {problem.args[0]}") from None
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        raise NotUnderstood("not an event") from None


def _envelope(raw: Any) -> Envelope:
    promise = REGISTRY.get(f"{raw['name']}.v{raw['version']}")
    if promise is None:
        # Without its name: whoever sends what we do not know may have put anything there.
        raise NotUnderstood("unknown event")
    return Envelope(
        event_id=UUID(raw["event_id"]),
        name=promise.name,
        version=promise.version,
        producer=promise.producer,
        aggregate_id=str(raw["aggregate_id"]),
        sequence=int(raw["sequence"]),
        occurred_at=datetime.fromisoformat(raw["occurred_at"]),
        event=schema_of(promise.event).load(raw["data"], unknown="exclude"),
    )
