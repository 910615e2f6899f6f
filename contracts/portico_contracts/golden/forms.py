"""The JSON Schema of what travels: whole event messages, requests and replies."""

from __future__ import annotations

from typing import Any

from .. import catalogue
from ..event import Promise, field_kinds
from ..rpc import Order
from ..schema import json_schema_of

_UUID = {"type": "string", "format": "uuid"}


def promises() -> list[Promise]:
    """Every event, by producer, else as declared."""
    return sorted(catalogue.promises(), key=lambda p: p.producer)


def orders() -> list[Order]:
    """Every request, by service, else as declared."""
    return sorted(catalogue.orders(), key=lambda o: o.service)


def event_schema(promise: Promise) -> dict[str, Any]:
    """The message of an event: the envelope's fields, and the fact under ``data``.

    ``x-kind`` says of each field of the fact whether it is plain, contact or sealed.
    """
    data = json_schema_of(promise.event)
    for name, kind in field_kinds(promise.event).items():
        data["properties"][name]["x-kind"] = kind
    properties = {
        "event_id": _UUID,
        "name": {"enum": [promise.name]},
        "version": {"enum": [promise.version]},
        "producer": {"enum": [promise.producer]},
        "aggregate_id": {"type": "string"},
        "sequence": {"type": "integer", "minimum": 1},
        "occurred_at": {"type": "string", "format": "date-time"},
        "data": data,
    }
    return {
        "type": "object",
        "title": f"{promise.name}Message",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def request_schema(order: Order) -> dict[str, Any]:
    """The fields of a request."""
    return json_schema_of(order.request)


def reply_schema(order: Order) -> dict[str, Any]:
    """What a request is answered with; null where there is nothing to tell."""
    return {"type": "null"} if order.reply is None else json_schema_of(order.reply)
