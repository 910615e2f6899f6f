"""The one byte form of a resource, so that equal content has equal hashes.

Decimals keep every digit they were written with: FHIR counts precision as meaning
(https://hl7.org/fhir/R4/datatypes.html#decimal), and a float would lose it beyond 15 digits.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import orjson

# PostgreSQL's numeric ends at 131,072 digits; no measurement comes near this.
WIDEST_NUMBER = 400


class NotStorable(Exception):
    """The content cannot be kept as JSON in the database; the text says why."""


def canonical_bytes(value: Any) -> bytes:
    """Compact JSON with sorted keys and exact decimals. Raises NotStorable."""
    try:
        made = orjson.dumps(value, default=_exact, option=orjson.OPT_SORT_KEYS)
    except TypeError as problem:
        raise NotStorable(_reason(str(problem))) from None
    if b"\\u0000" in made:
        raise NotStorable("contains a NUL character")
    return made


def content_hash(canonical: bytes) -> bytes:
    return hashlib.sha256(canonical).digest()


def kept_bytes(value: Any) -> bytes:
    """A byte form for anything that was read, also what the database's JSON would refuse."""
    try:
        return json.dumps(value, default=str, sort_keys=True).encode("ascii")
    except RecursionError:
        return b'"nested too deeply to keep"'


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        if abs(value.adjusted()) > WIDEST_NUMBER or len(value.as_tuple().digits) > WIDEST_NUMBER:
            raise NotStorable("a number out of all bounds")
        return orjson.Fragment(str(value))
    raise NotStorable(f"a value of type {type(value).__name__}")


def _reason(text: str) -> str:
    lowered = text.lower()
    if "recursion" in lowered:
        return "nested too deeply"
    if "surrogate" in lowered or "utf-8" in lowered or "utf8" in lowered:
        return "text that is not valid Unicode"
    if "64-bit" in lowered:
        return "a whole number out of all bounds"
    return "a number out of all bounds"
