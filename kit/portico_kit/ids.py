"""Ids: UUIDv7 (RFC 9562), so that new rows land at the end of their index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh id, ordered by the time of its making."""
    return uuid7()
