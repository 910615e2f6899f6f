"""Sample values out of type hints: the same hints give the same sample, on every machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import UnionType
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from ..event import Promise
from ..rpc import Order
from ..schema import dump
from ..wire import encode

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def sample_message(promise: Promise) -> dict[str, Any]:
    """The wire message of a sample event, as its JSON reads."""
    body = encode(
        sample(promise.event),
        event_id=_uuid(f"{promise.routing_key} event"),
        sequence=1,
        occurred_at=NOON,
    )
    message: dict[str, Any] = json.loads(body)
    return message


def sample_request(order: Order) -> dict[str, Any]:
    """The wire form of a sample request."""
    return dump(sample(order.request))


def sample_reply(order: Order) -> Any:
    """The wire form of a sample reply."""
    return None if order.reply is None else _plain(sample(order.reply))


def sample(cls: Any) -> Any:
    """An instance of a dataclass, or the dict of a TypedDict, with every field filled."""
    hints = get_type_hints(cls)
    if is_typeddict(cls):
        return {name: _value(hint, name, {}) for name, hint in hints.items()}
    values = {f.name: _value(hints[f.name], f.name, dict(f.metadata)) for f in fields(cls)}
    return cls(**values)


def _value(hint: Any, name: str, limits: dict[str, Any]) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return _value(inner[0], name, limits)
    if origin in (Union, UnionType):
        return _value(next(i for i in inner if i is not type(None)), name, limits)
    if origin is Literal:
        return inner[0]
    if origin in (tuple, list):
        return origin([_value(inner[0], name, {})])
    if hint is dict or origin is dict:
        return {name: _value((inner or (str, str))[1], name, {})}
    if hint in _SIMPLE:
        return _SIMPLE[hint](name, limits)
    return sample(hint)


def _text(name: str, limits: dict[str, Any]) -> str:
    words = f"a sample {name.replace('_', ' ')}".ljust(limits.get("shortest", 0), ".")
    return words[: limits.get("longest", len(words))]


def _number(name: str, limits: dict[str, Any]) -> int:
    low, high = limits.get("low", 1), limits.get("high", 1000)
    return int(low + _digest(name)[0] % (high - low + 1))


def _moment(name: str, _limits: dict[str, Any]) -> datetime:
    return NOON + timedelta(minutes=_digest(name)[0])


def _uuid(name: str) -> UUID:
    # In the shape of UUIDv7: sample ids look like the ones that travel.
    number = int.from_bytes(_digest(name)[:16], "big")
    number = number & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=number & ~(0b11 << 62) | (0b10 << 62))


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return dump(value) if is_dataclass(value) and not isinstance(value, type) else value


_SIMPLE: dict[Any, Any] = {
    UUID: lambda name, _limits: _uuid(name),
    str: _text,
    int: _number,
    bool: lambda _name, _limits: True,
    datetime: _moment,
    date: lambda name, limits: _moment(name, limits).date(),
    Decimal: lambda _name, _limits: Decimal("12.50"),
    Any: _text,
}
