"""Several sends at once, each on a connection that is kept for the next."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import eventlet

from portico_kit.logs import log, where

from ..domain import BEGIN_WITHIN, NOT_REACHED, Outcome, again, in_doubt

T = TypeVar("T")


def send_together(
    letters: Iterable[T], send: Callable[[T], Outcome], *, at_once: int, deadline: float
) -> list[Outcome]:
    """Send every letter, ``at_once`` side by side; each within ``deadline`` seconds, or again.

    A slow provider gets what can be begun in time; the rest comes back as NOT_REACHED.
    """
    pool = eventlet.GreenPool(at_once)
    end = time.monotonic() + BEGIN_WITHIN.total_seconds()
    return list(pool.imap(functools.partial(_guarded, send, deadline, end), letters))


def _guarded(send: Callable[[Any], Outcome], deadline: float, end: float, letter: Any) -> Outcome:
    if time.monotonic() > end:
        return NOT_REACHED
    try:
        # The client's own timeouts are per read: this one is for the whole.
        with eventlet.Timeout(deadline):
            return send(letter)
    except eventlet.Timeout:
        return again("deadline")
    except Exception as problem:
        log.error("provider.unexpected", error=type(problem).__name__, where=where(problem))
        # An error that nobody foresaw says nothing of whether the provider has the letter.
        return in_doubt("unexpected")
