"""Several sends at once, each on a connection that is kept for the next."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import eventlet

from portico_kit.logs import log, where

from ..domain import Outcome, again

T = TypeVar("T")


def send_together(
    letters: Iterable[T], send: Callable[[T], Outcome], *, at_once: int, deadline: float
) -> list[Outcome]:
    """Send every letter, ``at_once`` side by side; each within ``deadline`` seconds, or again."""
    pool = eventlet.GreenPool(at_once)
    return list(pool.imap(functools.partial(_guarded, send, deadline), letters))


def _guarded(send: Callable[[Any], Outcome], deadline: float, letter: Any) -> Outcome:
    try:
        # The client's own timeouts are per read: this one is for the whole.
        with eventlet.Timeout(deadline):
            return send(letter)
    except eventlet.Timeout:
        return again("deadline")
    except Exception as problem:
        log.error("provider.unexpected", error=type(problem).__name__, where=where(problem))
        return again("unexpected")
