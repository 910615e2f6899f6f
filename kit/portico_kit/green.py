"""psycopg on eventlet's hub: waiting for the database must let other workers run.

psycopg 3 waits in C and would stop the whole hub (four sleeps of 0.5 s took 2.04 s). The kit
replaces the wait by eventlet's trampoline and, at start, refuses to run if the hub still stops.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import eventlet
import psycopg
from eventlet.green import select
from eventlet.hubs import trampoline
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection, Engine

NAPS = (0.03, 0.15, 0.75)  # seconds
# Seconds without a word from the server. Longer than its own statement_timeout, so that only a
# connection that nobody is at the other end of any more is given up here.
SILENCE = 20.0
_REAL_SELECT = eventlet.patcher.original("select").select
_REAL_SOCKET = eventlet.patcher.original("socket")


class HubBlocked(Exception):
    """The hub stands still while somebody waits for the database."""


@dataclass(slots=True)
class Waits:
    """Since when whose open connection (by its file number) waits for the database, and when that
    last took or said anything on any of them: moments of ``time.monotonic``.
    """

    lines: dict[int, float] = field(default_factory=dict)
    heard_at: float = 0.0


WAITS = Waits()


def wait(
    gen: Generator[Any, Any, Any],
    fileno: int,
    interval: float = 0.0,
    timeout: float | None = None,
) -> Any:
    """Drive a psycopg generator, parking this greenlet while the socket is not ready.

    ``timeout`` in seconds is psycopg's own. Without it a server that says nothing for SILENCE is
    cut off: the error that follows is the one of a lost connection.
    """
    del interval
    deadline = None if timeout is None else time.monotonic() + timeout
    try:
        wanted = next(gen)
        while True:
            wanted = gen.send(_ready(fileno, wanted, deadline))
    except StopIteration as done:
        return done.value


def install() -> None:
    """Make psycopg wait by the hub. Call after ``eventlet.monkey_patch()``.

    Only the wait for an open connection is replaced: connecting uses the standard selectors,
    which eventlet has patched by then.
    """
    psycopg.waiting.wait = wait


def refuse_a_blocked_hub(engine: Engine) -> None:
    """Raises HubBlocked when no other greenlet runs while one waits for the database.

    A process that did not get a processor all the while has seen nothing: it looks for longer.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        # At most one tick that was due already can run when a wait ends.
        if not any(_ticks_while_asleep(connection, seconds=nap) > 1 for nap in NAPS):
            raise HubBlocked("psycopg blocks the hub: its wait function was not replaced")


def _ticks_while_asleep(connection: Connection, *, seconds: float) -> int:
    """How often another greenlet ran while this one waited so long for the database."""
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            eventlet.sleep(seconds / 10)
            ticks += 1

    ticker = eventlet.spawn(tick)
    eventlet.sleep(0)
    connection.exec_driver_sql(f"SELECT pg_sleep({seconds})")
    counted = ticks
    ticker.kill()
    return counted


class _Quiet(Exception):
    """The socket was not ready in time."""


def _ready(fileno: int, wanted: Any, deadline: float | None) -> Any:
    if wanted == Wait.RW:
        # A pipeline asks at every statement, and almost always may write at once.
        readable, writable, _ = _REAL_SELECT([fileno], [fileno], [], 0)
        if readable or writable:
            return (Ready.R if readable else 0) | (Ready.W if writable else 0)
    try:
        return _park(fileno, wanted, SILENCE if deadline is None else deadline - time.monotonic())
    except _Quiet:
        if deadline is not None:
            raise psycopg.errors._WaitTimeout("wait timeout expired") from None
    cut(fileno)
    # Now the socket has an end to read, and libpq finds out for itself.
    return Ready.R if wanted & Wait.R else Ready.W


def _park(fileno: int, wanted: Any, seconds: float) -> Any:
    WAITS.lines[fileno] = time.monotonic()
    try:
        ready = _wait_by_the_hub(fileno, wanted, max(0.0, seconds))
    finally:
        WAITS.lines.pop(fileno, None)
    WAITS.heard_at = time.monotonic()
    return ready


def _wait_by_the_hub(fileno: int, wanted: Any, seconds: float) -> Any:
    if wanted == Wait.RW:
        readable, writable, _ = select.select([fileno], [fileno], [], seconds)
        if not (readable or writable):
            raise _Quiet
        return (Ready.R if readable else 0) | (Ready.W if writable else 0)
    # An exception of our own: a Timeout that somebody outside has set must go through.
    reading = wanted == Wait.R
    trampoline(fileno, read=reading, write=not reading, timeout=seconds, timeout_exc=_Quiet)
    return Ready.R if reading else Ready.W


def is_readable(fileno: int) -> bool:
    """Whether something has arrived, or the other end has gone, as the kernel knows it now."""
    return bool(_REAL_SELECT([fileno], [], [], 0)[0])


def cut(fileno: int) -> None:
    """End a connection for both sides; whoever waits for it finds out at once."""
    with _REAL_SOCKET.socket(fileno=os.dup(fileno)) as same:
        try:
            same.shutdown(_REAL_SOCKET.SHUT_RDWR)
        except OSError:
            return
