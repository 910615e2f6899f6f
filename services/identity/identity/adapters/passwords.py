"""Passwords by Argon2id, off the hub."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import tpool
from eventlet.patcher import is_monkey_patched

T = TypeVar("T")

# OWASP's Password Storage Cheat Sheet, Argon2id: 19 MiB, 2 passes, 1 lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each takes 19 MiB and one core for some 30 ms: more at once would only starve everything else.
_AT_ONCE = threading.BoundedSemaphore(2)
# As many real threads: each keeps the memory of its last hash, and the usual 20 would keep 380 MiB.
tpool.set_num_threads(2)


def hash_password(password: str) -> str:
    """The Argon2id hash to store, in PHC form."""
    return _off_the_hub(lambda: _HASHER.hash(password))


def password_is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash a dummy is checked, at the same cost."""
    fits = _off_the_hub(lambda: _verify(stored or _dummy(), password))
    return fits and stored is not None


def outdated(stored: str) -> bool:
    """Whether a stored hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(stored)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    return _HASHER.hash("nobody's password")


def _off_the_hub(work: Callable[[], T]) -> T:
    """Run in a real thread where green threads rule, so that other calls go on meanwhile."""
    with _AT_ONCE:
        result: T = tpool.execute(work) if is_monkey_patched("thread") else work()
    return result
