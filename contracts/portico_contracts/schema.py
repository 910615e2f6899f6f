"""One walk over type hints, three views: marshmallow schema, JSON Schema, sample value.

Understands UUID, str, int, bool, date, datetime, Decimal, Literal, ``X | None``,
``tuple[X, ...]``, ``list[X]``, ``dict[str, X]``, frozen dataclasses and TypedDicts.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
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

from marshmallow import RAISE, Schema, ValidationError, post_load, validate
from marshmallow import fields as mm

MOST_ITEMS = 1000
LONGEST_TEXT = 100_000
# Days that calendars can reckon with: near the ends of what Python knows, adding a week fails.
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2300, 1, 1)


class _Tuple(mm.List[Any]):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


def schema_of(cls: Any) -> Schema:
    """The marshmallow schema of a dataclass (loads to an instance) or TypedDict (to a dict).

    Unknown fields are refused. Raises TypeError for a type that the wire does not know.
    """
    return _schema_of(cls)


@cache
def _schema_of(cls: Any) -> Schema:
    members: dict[str, Any] = {n: _member(hint, spec) for n, (hint, spec) in _parts(cls).items()}
    if is_dataclass(cls):
        build: Any = cls
        members["_build"] = post_load(lambda _self, data, **_kw: build(**data))
    members["Meta"] = type("Meta", (), {"unknown": RAISE})
    made: type[Schema] = type(f"{cls.__name__}Schema", (Schema,), members)
    return made()


def load(cls: Any, data: Any) -> Any:
    """Check wire data against ``cls`` and build it; marshmallow.ValidationError otherwise."""
    return schema_of(cls).load(data)


def dump(value: Any) -> dict[str, Any]:
    """The wire form (JSON types only) of a dataclass instance."""
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def json_schema_of(cls: Any) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the same type."""
    parts = _parts(cls)
    return {
        "type": "object",
        "title": cls.__name__,
        "properties": {n: _json(hint, spec) for n, (hint, spec) in parts.items()},
        "required": [n for n, (hint, spec) in parts.items() if _required(hint, spec)],
        "additionalProperties": False,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return dump(value) if is_dataclass(value) and not isinstance(value, type) else value


def _parts(cls: Any) -> dict[str, tuple[Any, Field[Any] | None]]:
    hints = get_type_hints(cls, include_extras=False)
    if is_dataclass(cls):
        return {f.name: (hints[f.name], f) for f in fields(cls)}
    if is_typeddict(cls):
        required = cls.__required_keys__
        return {n: (h if n in required else NotRequired[h], None) for n, h in hints.items()}
    raise TypeError(f"{cls!r} is neither dataclass nor TypedDict")


def _required(hint: Any, spec: Field[Any] | None) -> bool:
    if spec is None:
        return get_origin(hint) is not NotRequired
    return spec.default is MISSING and spec.default_factory is MISSING


def _member(hint: Any, spec: Field[Any] | None) -> mm.Field[Any]:
    member = _field(hint, dict(spec.metadata) if spec else {})
    member.required = _required(hint, spec)
    return member


def _optional(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) is NotRequired:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        if len(inner) == 1:
            return inner[0], True
    return hint, False


_SIMPLE: dict[Any, type[mm.Field[Any]]] = {
    UUID: mm.UUID, bool: mm.Boolean, date: mm.Date, datetime: mm.AwareDateTime, Any: mm.Raw,
}  # fmt: skip
_FIRST, _LAST = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (FIRST_DAY, LAST_DAY))
_RANGES: dict[Any, validate.Range] = {
    date: validate.Range(FIRST_DAY, LAST_DAY),
    datetime: validate.Range(_FIRST, _LAST),
}


def _field(hint: Any, limits: dict[str, Any]) -> mm.Field[Any]:
    inner, nullable = _optional(hint)
    extra: dict[str, Any] = {"allow_none": nullable or inner is Any}
    origin = get_origin(inner)
    if inner in _SIMPLE:
        return _SIMPLE[inner](validate=_RANGES.get(inner), **extra)
    if inner is str:
        longest = limits.get("longest", LONGEST_TEXT)
        length = validate.Length(min=limits.get("shortest"), max=longest)
        return mm.String(validate=[length, _no_nul], **extra)
    if inner is int:
        low, high = limits.get("low", -(2**53)), limits.get("high", 2**53)
        return mm.Integer(strict=True, validate=validate.Range(low, high), **extra)
    if inner is Decimal:
        return mm.Decimal(as_string=True, **extra)
    if origin is Literal:
        return mm.Raw(validate=validate.OneOf(get_args(inner)), **extra)
    if origin in (tuple, list):
        kind = _Tuple if origin is tuple else mm.List
        return kind(
            _field(get_args(inner)[0], {}), validate=validate.Length(max=MOST_ITEMS), **extra
        )
    if origin is dict or inner is dict:
        return mm.Dict(
            keys=mm.String(), values=_field((get_args(inner) or (str, Any))[1], {}), **extra
        )
    return mm.Nested(schema_of(inner), **extra)


def _no_nul(value: str) -> None:
    # PostgreSQL text cannot hold NUL: refuse it at the door instead of failing inside.
    if "\x00" in value:
        raise ValidationError("Contains a NUL character.")


_JSON: dict[Any, dict[str, Any]] = {
    UUID: {"type": "string", "format": "uuid"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Decimal: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    Any: {},
}


def _json(hint: Any, spec: Field[Any] | None = None) -> dict[str, Any]:
    inner, nullable = _optional(hint)
    made = _json_inner(inner, dict(spec.metadata) if spec else {})
    return {"anyOf": [made, {"type": "null"}]} if nullable else made


def _json_inner(inner: Any, limits: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(inner)
    if inner in _JSON:
        return dict(_JSON[inner])
    if inner is str:
        longest, shortest = limits.get("longest", LONGEST_TEXT), limits.get("shortest", 0)
        return {"type": "string", "minLength": shortest, "maxLength": longest}
    if inner is int:
        bounds = {"minimum": limits.get("low"), "maximum": limits.get("high")}
        return {"type": "integer", **{k: v for k, v in bounds.items() if v is not None}}
    if origin is Literal:
        return {"enum": list(get_args(inner))}
    if origin in (tuple, list):
        return {"type": "array", "items": _json(get_args(inner)[0]), "maxItems": MOST_ITEMS}
    if origin is dict or inner is dict:
        return {"type": "object", "additionalProperties": _json((get_args(inner) or (str, Any))[1])}
    return json_schema_of(inner)
