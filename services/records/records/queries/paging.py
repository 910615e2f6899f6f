"""Pages by keyset: each goes on after the last row of the one before, however lists grow."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import TextClause, text

from portico_contracts.records import UnknownCursor

if TYPE_CHECKING:
    from portico_kit.database import Transaction

Row = dict[str, Any]


@cache
def statement(words: str) -> TextClause:
    """One object a statement, so that SQLAlchemy compiles it once."""
    return text(words)


def rows(tx: Transaction, words: str, parameters: Row) -> list[Row]:
    """All rows of a statement as plain dicts."""
    found = tx.execute(statement(words), parameters)
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


def page(
    tx: Transaction,
    words: str,
    parameters: Row,
    *,
    limit: int,
    key: Callable[[Row], tuple[datetime, UUID]],
) -> Row:
    """A page and where the next one begins; the statement must end in ``LIMIT :most``."""
    found = rows(tx, words, {**parameters, "most": limit + 1})
    more = len(found) > limit
    return {"items": found[:limit], "next": cursor_at(*key(found[limit - 1])) if more else None}


def cursor_at(at: datetime, id_: UUID) -> str:
    """An opaque text for a place in a list."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{id_}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> Row:
    """The place behind a cursor, as parameters ``at`` and ``id``. Raises UnknownCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, id_ = base64.urlsafe_b64decode(padded).decode("ascii").partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return {"at": moment, "id": UUID(id_)}
    except (binascii.Error, ValueError):
        raise UnknownCursor from None


def like(words: str) -> str:
    """A pattern that finds the words anywhere, taken literally."""
    literal = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"


def starting(words: str) -> str:
    """A pattern for the beginning of a lower-cased value."""
    return like(words.lower())[1:]
