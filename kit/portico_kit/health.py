"""Health and the direct road: a small HTTP server in every process.

``GET /live`` (the hub turns), ``GET /ready`` (the database answers, and the broker's messages are
consumed or the broker is away: then the direct road must stay open), ``GET /metrics``;
``POST /rpc/<method>`` takes the same requests as the broker does, so that patients still read,
book and write while the broker is away. A process that stops takes none any more: it answers 503,
with nothing done, and another copy is asked.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
import eventlet.wsgi
import orjson
from eventlet.event import Event
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from . import metrics
from .bus import Bus
from .calls import LARGEST_REQUEST, Arrival
from .logs import log
from .rpc import RpcQueue

BEAT = 1.0
STALE = 10.0
ANSWER_DEADLINE = 30.0
LOOK_AGAIN = 0.02
RECENTLY, LINGER = 5.0, 0.5  # seconds
MOST_LINES = 512  # kept connections count too, and must never keep a probe waiting
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class HealthServer:
    """Answers on the service's health port, inside the service's hub."""

    def __init__(self, container: Any, *, port: int, host: str = "127.0.0.1") -> None:
        self.container = container
        self.accepting = True
        self._leaving = False
        self._under_way = 0
        self._asked_at = self._left_at = -RECENTLY
        self._beat_at = time.monotonic()
        self._socket = eventlet.listen((host, port), reuse_port=False)
        self.port = self._socket.getsockname()[1]

    def start(self) -> None:
        """Serve until the process ends."""
        eventlet.spawn_n(self._beat)
        eventlet.spawn_n(
            eventlet.wsgi.server,
            self._socket,
            self._answer,
            log_output=False,
            debug=False,
            max_size=MOST_LINES,
            keepalive=True,
            socket_timeout=60,
        )

    def leave(self) -> None:
        """Take no more requests; those that were taken are answered."""
        self._leaving, self._left_at = True, time.monotonic()
        log.info("service.leaving", port=self.port)

    def finish(self) -> None:
        """Return once every answer that is under way has been written.

        Who used this road a moment ago is given the time to hear that we leave: whoever asks at
        the moment of our end could not tell whether it was done.
        """
        used = self._left_at - self._asked_at < RECENTLY
        until = self._left_at + LINGER if used else 0.0
        while self._under_way or time.monotonic() < until:
            eventlet.sleep(LOOK_AGAIN)

    def _beat(self) -> None:
        while True:
            before = time.monotonic()
            eventlet.sleep(BEAT)
            self._beat_at = time.monotonic()
            metrics.hub_lag_seconds.set(max(0.0, self._beat_at - before - BEAT))

    def _answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        try:
            if path.startswith("/rpc/") and environ["REQUEST_METHOD"] == "POST":
                if self._leaving:
                    return _send(start_response, "503 Service Unavailable", b"{}", close=True)
                self._under_way += 1
                self._asked_at = time.monotonic()
                environ["eventlet.posthooks"].append((self._written, (), {}))
                return self._call(path[5:], environ, start_response)
            return self._tell(path, start_response)
        except Exception as problem:
            log.error("health.failed", error=type(problem).__name__)
            return _send(start_response, "500 Internal Server Error", b"{}")

    def _written(self, _environ: dict[str, Any]) -> None:
        self._under_way -= 1

    def _tell(self, path: str, start_response: StartResponse) -> Iterable[bytes]:
        if path == "/metrics":
            return _send(start_response, "200 OK", generate_latest(), CONTENT_TYPE_LATEST)
        checks = {"/live": self._live, "/ready": self._ready}
        if path not in checks:
            return _send(start_response, "404 Not Found", b"{}")
        good, state = checks[path]()
        return _send(
            start_response,
            "200 OK" if good else "503 Service Unavailable",
            orjson.dumps({"ok": good, **state}),
        )

    def _live(self) -> tuple[bool, dict[str, bool]]:
        turning = time.monotonic() - self._beat_at < STALE
        return turning, {"hub": turning}

    def _ready(self) -> tuple[bool, dict[str, bool]]:
        buses = [e for e in self.container.extensions if isinstance(e, Bus)]
        state = {"accepting": self.accepting, "database": self._database_answers()}
        # A lost broker is told, but takes no copy out of the direct road.
        good = all(state.values()) and all(bus.tried for bus in buses)
        return good, {**state, "broker": all(bus.connected for bus in buses)}

    def _database_answers(self) -> bool:
        store = self.container.portico.store
        if store.silent:
            return False
        try:
            with store.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except Exception:
            return False
        return True

    def _call(
        self, method: str, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        queue = self._one(RpcQueue)
        entrypoint = queue and queue.methods.get(method)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if entrypoint is None or not 0 <= length <= LARGEST_REQUEST:
            return _send(start_response, "404 Not Found", b"{}")
        headers = {
            k[5:].lower().replace("_", "-"): v
            for k, v in environ.items()
            if k.startswith("HTTP_PORTICO")
        }
        answered: Event = Event()
        body, line = environ["wsgi.input"].read(length), environ["eventlet.input"].get_socket()
        entrypoint.spawn(Arrival.of(body, headers, gone=lambda: _hung_up(line)), answered.send)
        with eventlet.Timeout(ANSWER_DEADLINE, False):
            reply = answered.wait()
            if reply is not None:
                return _send(start_response, "200 OK", reply, close=not self.accepting)
        # Too late: nothing was done, or nobody waits for it any more.
        return _send(start_response, "504 Gateway Timeout", b"{}")

    def _one(self, kind: type[Any]) -> Any:
        return next((e for e in self.container.extensions if isinstance(e, kind)), None)


def _hung_up(line: Any) -> bool:
    """Whether whoever asked has closed their end: nothing is read, and nothing waited for."""
    try:
        return bool(line.fd.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"")
    except BlockingIOError:
        return False
    except OSError:
        return True


def _send(
    start_response: StartResponse,
    status: str,
    body: bytes,
    kind: str = "application/json",
    *,
    close: bool = False,
) -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    # Told to hang up, a caller asks nothing by a line whose end may close at that very moment.
    start_response(status, [*headers, ("Connection", "close")] if close else headers)
    return [body]
