"""Audit batches: the rows of every service on their way to identity's ledger."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import eventlet
import orjson
from nameko.extensions import Entrypoint, register_entrypoint

from . import dead_letters
from .bus import Bus, Intake
from .calls import Runtime
from .database import is_away, is_contended
from .logs import log, where
from .patience import patiently
from .subscriptions import EventQueue, bytes_of
from .topology import AUDIT_EXCHANGE, LEDGER_QUEUE

PAUSE = 2.0  # seconds before a batch that could not even be kept is handed back


def audit_batches(method: Callable[..., Any]) -> Callable[..., Any]:
    """Take each batch with the decorated method, which gets ``(tx, rows)``.

    A row is a dict: id, at (ISO), service, actor, patient_ids, category, action, method. A batch
    comes again until its transaction commits: rows known by their id must change nothing. Rows
    that cannot be taken become dead letters, one each, and the others of their batch go on.
    """

    @functools.wraps(method)
    def take(self: Any, body: bytes, title: str) -> None:
        Taking(self.database, functools.partial(method, self), title).take(body)

    register_entrypoint(take, AuditBatches())
    return take


class Taking:
    """One batch, taken whole, or in halves where something in it cannot be taken."""

    def __init__(self, runtime: Runtime, work: Callable[..., Any], title: str) -> None:
        self._runtime = runtime
        self._work = work
        self._title = title

    def take(self, body: bytes) -> None:
        """Take the batch. It is held for as long as the database is away, or others are in the
        way: brokers count what is handed back."""
        try:
            rows = rows_of(body)
        except ValueError:
            self._keep(body, "not understood: no batch of rows")
            return
        self._take_rows(rows)

    def _take_rows(self, rows: list[Any]) -> None:
        try:
            self._in_transaction(lambda tx: self._work(tx, rows))
        except Exception as problem:
            if len(rows) == 1:
                self._keep(orjson.dumps(rows), f"{type(problem).__name__} at {where(problem)}")
                return
            middle = len(rows) // 2
            self._take_rows(rows[:middle])
            self._take_rows(rows[middle:])

    def _keep(self, body: bytes, error: str) -> None:
        self._in_transaction(lambda tx: dead_letters.unreadable(tx, self._title, body, error))
        log.error("dead_letter.kept", subscription=self._title, error=error, bytes=len(body))

    def _in_transaction(self, work: Callable[[Any], Any]) -> None:
        def once() -> None:
            with self._runtime.store.transaction() as tx:
                work(tx)

        patiently(once, through=lambda problem: is_away(problem) or is_contended(problem))


class AuditBatches(Entrypoint):
    """nameko's view of the ledger's queue: one batch at a time, in order."""

    bus = Bus()
    queue = EventQueue()

    def setup(self) -> None:
        self.bus.add(Intake(LEDGER_QUEUE, self._deliver, prefetch=1))
        self.queue.also(self.title, LEDGER_QUEUE, self._again)

    @property
    def title(self) -> str:
        """The name under which what failed is kept: ``service.method``."""
        return f"{self.container.service_name}.{self.method_name}"

    def _deliver(self, message: Any) -> None:
        def done(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info is None:
                self.bus.ack(message)
            else:
                log.error("ledger.failed", error=exc_info[0].__name__, where=where(exc_info[1]))
                eventlet.spawn_after(PAUSE, self.bus.reject, message)
            return result, None

        if message.delivery_info["exchange"] != AUDIT_EXCHANGE:
            self.queue.keep(message, bytes_of(message.body), "not by the exchange of audit rows")
            return
        arguments = (bytes_of(message.body), self.title)
        self.container.spawn_worker(self, arguments, {}, handle_result=done)

    def _again(self, tx: Any, body: bytes) -> None:
        """A batch that was kept, once more."""
        method = getattr(self.container.service_cls, self.method_name).__wrapped__
        method(self.container.service_cls(), tx, rows_of(body))


def rows_of(body: bytes) -> list[Any]:
    """The rows of a batch. Raises ValueError."""
    rows = orjson.loads(body)
    if not isinstance(rows, list) or not rows:
        raise ValueError("no batch of rows")
    return rows
