"""The access ledger's chain of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

LEDGER_FIELDS = (
    "row_id", "at", "service", "method", "category", "action",
    "actor_kind", "account_id", "roles", "relationship", "patient_ids",
)  # fmt: skip


def month_of(at: datetime) -> date:
    """The partition, and so the chain, that a row belongs to: its month in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def first_hash(month: date) -> bytes:
    """What a month's chain starts from."""
    return hashlib.sha256(f"portico ledger {month.isoformat()}".encode()).digest()


def chained(previous: bytes, position: int, row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the row before and this one in canonical form (sorted keys, no blanks)."""
    plain = {name: _plain(row[name]) for name in LEDGER_FIELDS} | {"position": position}
    body = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + body.encode()).digest()


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing in a month that is not as it was written; ``what`` says how, in words."""

    month: date
    position: int
    what: str
    row_id: str | None = None


def first_bad(
    month: date, rows: Iterable[Mapping[str, Any]], previous: bytes, *, first: int, last: int
) -> Bad | None:
    """The first of these rows, in their order, that does not fit onto the one before.

    They should be those from position ``first`` to ``last``; ``previous`` is the hash before them.
    """
    expected = first
    for row in rows:
        place, row_id = row["position"], row["row_id"]
        if place > expected:
            return Bad(month, expected, "the row is gone")
        if place < expected:
            return Bad(month, place, "a row was added", row_id)
        made = chained(previous, place, row)
        if bytes(row["hash"]) != made or bytes(row["previous_hash"]) != previous:
            return Bad(month, place, "the row is not the one that was written here", row_id)
        previous = made
        expected += 1
    return Bad(month, expected, "the row is gone") if expected <= last else None


def bad_end(
    month: date, *, last: int, ends: bytes | None, head: int | None, head_hash: bytes | None
) -> Bad | None:
    """What is wrong with the end of a chain that fits so far: its last row, and what its head says.

    ``last`` is 0, and ``ends`` its hash None, where there is no row; ``head`` is None without one.
    """
    if head is None:
        return Bad(month, 1, "the head of the month is gone")
    if head > last:
        return Bad(month, last + 1, f"rows up to {head} are gone from the end")
    if head < last:
        return Bad(month, head + 1, "rows were added behind the head")
    if last and ends != head_hash:
        return Bad(month, last, "the head is another")
    return None


def bad_anchor(
    month: date, seen: Mapping[int, bytes], stands: Mapping[int, bytes], *, last: int
) -> Bad | None:
    """Where a chain, which may fit in itself since it was made anew, is not what its anchors saw.

    ``seen`` and ``stands`` are hashes by position, then and now.
    """
    sure = 0
    for position in sorted(seen):
        if position not in stands:
            return Bad(month, last + 1, f"an anchor knew rows up to {position}")
        if stands[position] != seen[position]:
            what = f"rows from {sure + 1} to {position} are not those that were anchored"
            return Bad(month, sure + 1, what)
        sure = position
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, UUID) else value
