"""The clock. Only entrypoints read it; everything below is given ``now``."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
