"""What only guards against repetition is forgotten once nothing can be repeated any more."""

from __future__ import annotations

import random
from typing import Any

import eventlet
from nameko.extensions import SharedExtension
from sqlalchemy import text

from .database import Store
from .logs import log

EVERY = 600.0  # seconds
AT_ONCE = 5000  # rows in one statement, so that none holds others up

# An answer is repeated to a client that asks again within a week; an event may come again for as
# long as somebody may replay it.
_SLICES = tuple(
    text(
        f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} "  # noqa: S608
        f"WHERE at < now() - interval '{days} days' LIMIT {AT_ONCE})"
    )
    for table, days in (("idempotency", 7), ("inbox", 90))
)


class Forgetting(SharedExtension):
    """Removes old idempotency and inbox rows of this service, a slice at a time."""

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier="forgetting")

    def _run(self) -> None:
        while True:
            # Copies that started together need not do it together.
            eventlet.sleep(EVERY * random.uniform(0.5, 1.5))  # noqa: S311
            try:
                forget_old(self.container.portico.store)
            except Exception as problem:
                log.warning("forgetting.paused", error=type(problem).__name__)


def forget_old(store: Store) -> None:
    """Remove everything that is old enough."""
    for one in _SLICES:
        while _forget(store, one) == AT_ONCE:
            pass


def _forget(store: Store, one: Any) -> int:
    with store.transaction() as tx:
        return int(tx.execute(one).rowcount)
