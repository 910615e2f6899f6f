"""What every service answers about the deliveries that failed in it, and who may ask.

Events and requests are each service's own; failures are the kit's, and so are these answers:
a service has them by being a ``Service``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from portico_contracts import failures as contract
from portico_contracts.event import field_kinds
from portico_contracts.wire import NotUnderstood, decode

from . import dead_letters
from .access import staff
from .database import Transaction
from .rpc import rpc

ALLOWED = staff("practice_administrator")


class Service:
    """A service: it has a name, and answers for what failed in it."""

    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for order, answer in ANSWERS.items():
            own: type[Any] = contract.asked_of(cls.name, order)
            setattr(cls, answer.__name__, rpc(own, allow=ALLOWED)(answer))


def list_failures(service: Service, tx: Transaction, request: contract.ListFailures) -> Any:
    """A page of them."""
    found = dead_letters.page(
        tx, after=request.cursor, limit=request.limit + 1, handled=request.handled
    )
    items = [_told(service.name, row) for row in found[: request.limit]]
    more = items[-1]["failure_id"] if len(found) > request.limit else None
    return {"items": items, "next": more}


def show_failure(service: Service, tx: Transaction, request: contract.ShowFailure) -> Any:
    """One of them, redacted."""
    return shown(service.name, tx, request.failure_id)


def replay_failure(service: Service, tx: Transaction, request: contract.ReplayFailure) -> Any:
    """Try it again, once or often."""
    tried = dead_letters.replay(tx, request.failure_id)
    row = dead_letters.one(tx, request.failure_id)
    return {"failure": _told(service.name, row), "tried": tried}


def drop_failure(service: Service, tx: Transaction, request: contract.DropFailure) -> Any:
    """Give it up."""
    dead_letters.drop(tx, request.failure_id, reason=request.reason)
    return _told(service.name, dead_letters.one(tx, request.failure_id))


def shown(service: str, tx: Transaction, failure_id: int) -> dict[str, Any]:
    """One failure and what its body is made of; what it says stays where it is."""
    body = dead_letters.body(tx, failure_id)
    return {
        "failure": _told(service, dead_letters.one(tx, failure_id)),
        "fields": _names(body),
        "bytes": len(body),
        "earlier": dead_letters.dead_before(tx, failure_id),
    }


def _names(body: bytes) -> list[str]:
    try:
        # Names of our own contract: whoever sends what we cannot read may call anything anything.
        return sorted(field_kinds(type(decode(body).event)))
    except NotUnderstood:
        return []


def _told(service: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"failure_id": row.pop("id"), "service": service, **row}


ANSWERS = {
    contract.ListFailures: list_failures,
    contract.ShowFailure: show_failure,
    contract.ReplayFailure: replay_failure,
    contract.DropFailure: drop_failure,
}
