"""Audit batches: the rows of every service on their way to identity's ledger."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import eventlet
import orjson
from nameko.extensions import Entrypoint, register_entrypoint

from .bus import Bus, Intake
from .logs import log, where
from .patience import patiently
from .topology import LEDGER_QUEUE

PAUSE = 2.0  # seconds before a batch that failed is handed back


def audit_batches(method: Callable[..., Any]) -> Callable[..., Any]:
    """Take each batch with the decorated method, which gets ``(tx, rows)``.

    A row is a dict: id, at (ISO), service, actor, patient_ids, category, action, method. A batch
    comes again until the transaction commits: rows known by their id must change nothing.
    """

    @functools.wraps(method)
    def take(self: Any, rows: list[dict[str, Any]]) -> None:
        def once() -> None:
            with self.database.store.transaction() as tx:
                method(self, tx, rows)

        # Held, not handed back, while the database is away: brokers count what is handed back.
        patiently(once)

    register_entrypoint(take, AuditBatches())
    return take


class AuditBatches(Entrypoint):
    """nameko's view of the ledger's queue: one batch at a time, in order."""

    bus = Bus()

    def setup(self) -> None:
        self.bus.add(Intake(LEDGER_QUEUE, self._deliver, prefetch=1))

    def _deliver(self, message: Any) -> None:
        def done(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info is None:
                self.bus.ack(message)
            else:
                log.error("ledger.failed", error=exc_info[0].__name__, where=where(exc_info[1]))
                eventlet.spawn_after(PAUSE, self.bus.reject, message)
            return result, None

        try:
            rows = orjson.loads(message.body)
        except orjson.JSONDecodeError:
            # Only our own relays may publish here; what is not theirs cannot be counted on.
            log.error("ledger.unreadable", bytes=len(message.body))
            self.bus.ack(message)
            return
        self.container.spawn_worker(self, (rows,), {}, handle_result=done)
