"""What a ``service.py`` is written with, in one import."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from .access import anonymous, patient, signed_in, staff
from .calls import Call, Runtime
from .database import Transaction
from .failures import Service
from .ledger_batches import audit_batches
from .rpc import rpc
from .subscriptions import subscribe
from .timers import timer

__all__ = [
    "Call",
    "Database",
    "Service",
    "Transaction",
    "anonymous",
    "audit_batches",
    "patient",
    "rpc",
    "signed_in",
    "staff",
    "subscribe",
    "timer",
]


class Database(DependencyProvider):
    """The service's database, as ``self.database``: the entrypoints open transactions by it."""

    def get_dependency(self, worker_ctx: Any) -> Runtime:
        """The running service's store and what goes with it."""
        runtime: Runtime = worker_ctx.container.portico
        return runtime
