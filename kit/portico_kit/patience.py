"""Patience: work that the database's absence must only delay, never spoil."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import eventlet

from .database import is_away

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0  # seconds


def patiently(work: Callable[[], T], *, through: Callable[[BaseException], bool] = is_away) -> T:
    """Do ``work``, again and again for as long as the database is away, or as ``through`` says.

    Any other error comes out. ``work`` must open its own transaction each time.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return work()
        except Exception as problem:
            if not through(problem):
                raise
        eventlet.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
