"""Keyset paging: a cursor names the last row seen by its moment and id."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, tuple_

from portico_contracts.refusal import BadRequest


def page(
    wanted: Select[Any],
    moment: Column[Any],
    identity: Column[Any],
    *,
    cursor: str | None,
    limit: int,
    newest_first: bool,
) -> Select[Any]:
    """Order a query and cut out the page after ``cursor``; one row more tells of a next page."""
    key = (moment, identity)
    if cursor is not None:
        wanted = wanted.where(_beyond(key, read_cursor(cursor), newest_first))
    order = [c.desc() for c in key] if newest_first else [c.asc() for c in key]
    return wanted.order_by(*order).limit(limit + 1)


def cut(
    rows: Sequence[Any], limit: int, key: Callable[[Any], tuple[datetime, UUID]]
) -> tuple[Sequence[Any], str | None]:
    """The rows of this page, and the cursor of the next if there is one."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], write_cursor(*key(rows[limit - 1]))


def write_cursor(moment: datetime, identity: UUID) -> str:
    """An opaque, URL-safe text."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{identity}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """What ``write_cursor`` wrote. Raises BadRequest for anything else."""
    try:
        moment, _, identity = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        read = datetime.fromisoformat(moment), UUID(identity)
    except (ValueError, binascii.Error):
        raise BadRequest(fields={"cursor": ["Not a cursor of this list."]}) from None
    if read[0].tzinfo is None:
        raise BadRequest(fields={"cursor": ["Not a cursor of this list."]})
    return read


def _beyond(
    key: tuple[Column[Any], Column[Any]], seen: tuple[datetime, UUID], newest_first: bool
) -> ColumnElement[bool]:
    here: ColumnElement[bool] = tuple_(*key) < seen if newest_first else tuple_(*key) > seen
    return here
