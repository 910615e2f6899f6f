"""How long sessions last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

IDLE: Mapping[str, timedelta] = {"patient": timedelta(minutes=30), "staff": timedelta(minutes=15)}
SESSION_LASTS = timedelta(hours=12)
TOKEN_LASTS = timedelta(minutes=5)


def session_ends(*, kind: str, last_seen_at: datetime, ends_at: datetime) -> datetime:
    """When a session ends if nothing more is done."""
    return min(last_seen_at + IDLE[kind], ends_at)
