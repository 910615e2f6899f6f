"""Reading form-encoded bodies without trusting their size or shape."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST_FORM = 64 * 1024  # bytes
MOST_FIELDS = 200


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The form's fields in order; 413 when it is too large, 400 when it is no form."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, "The form is too large.")
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise HTTPException(400, "The form cannot be read.") from error


def nest(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """Bracketed names as nested values: `a[b]=1` as {"a": {"b": "1"}}, `a[]=1` as {"a": ["1"]}."""
    nested: dict[str, Any] = {}
    for name, value in fields:
        outer, bracket, inner = name.partition("[")
        inner = inner.rstrip("]")
        if not bracket:
            nested[outer] = value
        elif inner == "" or inner.isdecimal():
            _put_list(nested, outer, value)
        else:
            _put_dict(nested, outer, inner, value)
    return nested


def _put_list(nested: dict[str, Any], name: str, value: str) -> None:
    values = nested.setdefault(name, [])
    if not isinstance(values, list):
        raise HTTPException(400, "The form mixes lists and values under one name.")
    values.append(value)


def _put_dict(nested: dict[str, Any], name: str, key: str, value: str) -> None:
    values = nested.setdefault(name, {})
    if not isinstance(values, dict):
        raise HTTPException(400, "The form mixes lists and values under one name.")
    values[key] = value
