"""What each account may touch at the broker, out of the contracts: nothing that is not promised.

Queues and exchanges are declared by the topology's job alone (topology.py), so that no service
needs to declare any. A relay publishes under the account of the service whose outbox it empties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from portico_contracts.event import Promise

from .topology import AUDIT_EXCHANGE, LEDGER_QUEUE, LIVE, RPC_EXCHANGE, SERVICES

DEFAULT_EXCHANGE = "amq.default"  # by which an answer reaches its caller's reply-to address
LIVE_QUEUES = r"gateway\.[0-9a-f]{32}"  # one a copy, declared by itself, gone with its connection
NOTHING = "^$"


@dataclass(frozen=True, slots=True)
class Permissions:
    """Regular expressions of names of queues and exchanges, as RabbitMQ wants them."""

    configure: str
    write: str
    read: str


def permissions(
    known: Iterable[Promise], services: tuple[str, ...] = SERVICES
) -> dict[str, Permissions]:
    """What each account may touch, by its name: the services' and the gateway's."""
    known = list(known)
    return {name: _of_service(name, known) for name in services} | {LIVE: _of_gateway(known)}


def _of_service(name: str, known: list[Promise]) -> Permissions:
    announced = {promise.exchange for promise in known if promise.producer == name}
    heard = {f"{name}.{promise.lane}" for promise in known if name in promise.heard_by}
    heard |= {LEDGER_QUEUE} if LEDGER_QUEUE.startswith(f"{name}.") else set()
    dead = {f"{name}.dead"} if heard else set()
    return Permissions(
        configure=NOTHING,
        write=_only(map(re.escape, {DEFAULT_EXCHANGE, AUDIT_EXCHANGE, *announced})),
        read=_only(map(re.escape, {f"rpc-{name}", *heard, *dead})),
    )


def _of_gateway(known: list[Promise]) -> Permissions:
    live = {promise.exchange for promise in known if LIVE in promise.heard_by}
    return Permissions(
        configure=_only([LIVE_QUEUES]),
        write=_only([LIVE_QUEUES, re.escape(RPC_EXCHANGE)]),
        read=_only([LIVE_QUEUES, *map(re.escape, live)]),
    )


def _only(patterns: Iterable[str]) -> str:
    return f"^({'|'.join(sorted(patterns))})$"
