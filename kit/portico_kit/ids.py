"""Ids: UUIDv7 (RFC 9562), so that new rows land at the end of their index."""

import hashlib
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh id, ordered by the time of its making."""
    return uuid7()


def derived_id(cause: UUID, *about: object) -> UUID:
    """An id that follows from what caused it: the same each time, and as old as its cause.

    For what the world outside knows by our id: made anew after a loss it is the same thing to it.
    """
    text = ":".join(map(str, (cause, *about)))
    chance = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    fixed = (
        (cause.int >> 80 << 80) | (7 << 76) | (2 << 62)
    )  # its time, version 7, RFC 9562's variant
    free = ((1 << 76) - 1) & ~(3 << 62)
    return UUID(int=fixed | (chance & free))
