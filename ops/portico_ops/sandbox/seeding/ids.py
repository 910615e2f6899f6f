"""Ids that repeat themselves: of the same thing at the same moment, always the same UUIDv7."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

# Things without a moment of their own: the practice's staff, places and accounts.
FOUNDED = datetime(2020, 1, 6, tzinfo=UTC)


def seed_id(*names: object, at: datetime = FOUNDED) -> UUID:
    """A UUIDv7 (RFC 9562): `at` in milliseconds, then bits that come from the names."""
    bits = int.from_bytes(hashlib.sha256("/".join(map(str, names)).encode()).digest()[:10])
    milliseconds = int(at.timestamp() * 1000)
    value = milliseconds << 80 | bits
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def ids_of(*names: object, at: datetime) -> Callable[[], UUID]:
    """A maker of ids for one act: the first, the second and so on."""
    numbers = count(1)
    return lambda: seed_id(*names, next(numbers), at=at)
