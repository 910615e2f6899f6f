"""Waiting for something to become true, with a deadline instead of a guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NeverHappened(AssertionError):
    """What a test waited for did not come about in time."""


def eventually(
    look: Callable[[], T], *, within: float = 60.0, what: str = "it", every: float = 0.02
) -> T:
    """Look again and again until the answer is true; NeverHappened after ``within`` seconds.

    ``every``: seconds between two looks, for those that take the processor from what they look at.
    """
    end = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise NeverHappened(f"{what} did not happen within {within} s; last seen: {found!r}")
        time.sleep(every)
