"""A database that says nothing: noticed within two seconds, and nothing more is asked of it then.

A line can be open and lead nowhere (a firewall that forgot it, a host without power). TCP tells so
after ten seconds, and whoever waits meanwhile waits in vain. So once something has waited a moment
without a word from the server on any connection, the server is asked for a sign of life by a new
one. If none comes, what waits is given up as with any lost connection, and what comes is refused
at once, until a sign comes. A slow statement is none of this: its server gives signs.
"""

from __future__ import annotations

import struct
import time
from typing import Any

import eventlet
from eventlet.green import socket
from eventlet.hubs import get_hub
from greenlet import getcurrent, greenlet
from sqlalchemy import event

from . import green
from .database import Silent, Store
from .logs import log

LOOK_EVERY = 0.1  # seconds
PATIENCE = 0.7  # seconds without a word, while something waits, before a sign is asked for
SIGN_WITHIN = 1.0  # seconds until it must have come
PORT = 5432
# Answered by one byte before anybody has signed in (PostgreSQL, "Frontend/Backend Protocol",
# SSLRequest); a server's log does not mention it.
ARE_YOU_THERE = struct.pack("!ii", 8, 80877103)


class Silence:
    """Watches over one store's line for as long as its process runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        url = store.engine.url
        self._host, self._port = url.host or "", url.port or PORT
        self._connecting: dict[greenlet, float] = {}

    def start(self) -> None:
        """Begin. A socket of this machine's own file system cannot fall silent."""
        if self._host and not self._host.startswith("/"):
            event.listen(self._store.engine, "do_connect", self._connect)
            eventlet.spawn_n(self._run)

    def _connect(self, dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        """A new connection for the pool; whoever got here after the others had been given up, or
        is on the way when they are, is told so too.
        """
        if self._store.silent:
            raise Silent
        me = getcurrent()
        self._connecting[me] = time.monotonic()
        try:
            made = dialect.connect(*arguments, **named)
        finally:
            del self._connecting[me]
        green.WAITS.heard_at = time.monotonic()
        return made

    def _run(self) -> None:
        while True:
            eventlet.sleep(LOOK_EVERY)
            if self._store.silent or self._is_long_without_a_word():
                self._look()

    def _is_long_without_a_word(self) -> bool:
        since = [*green.WAITS.lines.values(), *self._connecting.values()]
        heard_at = green.WAITS.heard_at
        return bool(since) and time.monotonic() - max(min(since), heard_at) > PATIENCE

    def _look(self) -> None:
        began = time.monotonic()
        if answers(self._host, self._port) or self._spoke_since(began):
            green.WAITS.heard_at = time.monotonic()
            self._tell(silent=False)
        else:
            self._tell(silent=True)
            self._give_up()

    def _spoke_since(self, moment: float) -> bool:
        # Of one that is silent nothing counts but a sign: those who were given up hear something.
        return not self._store.silent and green.WAITS.heard_at > moment

    def _tell(self, *, silent: bool) -> None:
        if silent != self._store.silent:
            log.warning("database.silent" if silent else "database.speaks")
        self._store.silent = silent

    def _give_up(self) -> None:
        for fileno in list(green.WAITS.lines):
            green.cut(fileno)
        for waiting in list(self._connecting):
            get_hub().schedule_call_global(0, self._turn_back, waiting)

    def _turn_back(self, waiting: greenlet) -> None:
        if waiting in self._connecting:
            waiting.throw(Silent())


def answers(host: str, port: int, *, within: float = SIGN_WITHIN) -> bool:
    """Whether a server gives any sign of life; that it refuses or hangs up is one."""
    line = None
    try:
        with eventlet.Timeout(within):
            line = socket.create_connection((host, port))
            line.sendall(ARE_YOU_THERE)
            line.recv(1)
    except eventlet.Timeout:
        # A hub that stood still may tell of the time before it tells of the answer.
        return line is not None and green.is_readable(line.fileno())
    except OSError:
        return True
    finally:
        if line is not None:
            line.close()
    return True
