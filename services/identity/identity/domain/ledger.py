"""The access ledger's chain of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, UUID) else value
