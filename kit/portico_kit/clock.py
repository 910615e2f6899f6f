"""The clock. Only entrypoints read it; everything below is given ``now``.

A test can move the clock of a running process: ``PORTICO_CLOCK_FILE`` names a file that holds by
how many seconds it is wrong, read again at every look. In production it is refused.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


class ClockMoved(SystemExit):
    """Somebody set PORTICO_CLOCK_FILE in production, where no clock may be moved."""


def _file_of_error() -> Path | None:
    path = os.environ.get("PORTICO_CLOCK_FILE")
    if path and os.environ.get("PORTICO_ENVIRONMENT", "production") == "production":
        raise ClockMoved("PORTICO_CLOCK_FILE is for tests, and this is production")
    return Path(path) if path else None


_ERROR = _file_of_error()


def now() -> datetime:
    """This moment, in UTC."""
    moment = datetime.now(UTC)
    return moment if _ERROR is None else moment + timedelta(seconds=float(_ERROR.read_text()))
