"""The broker's topology, out of the contracts: one idempotent job before anyone publishes.

``python -m portico_kit.topology`` with ``PORTICO_AMQP_URL`` of a user who may declare.
Runs on RabbitMQ 3.10 and 4.x.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pika

from portico_contracts.catalogue import promises
from portico_contracts.event import Promise

AUDIT_EXCHANGE, LEDGER_QUEUE = "audit", "identity.ledger"
DEAD = "portico.dead"
UNROUTABLE = "portico.unroutable"
RPC_EXCHANGE = "nameko-rpc"
LIVE = "gateway"  # declares its own queue, one a copy
MOST_DELIVERIES = 20  # the net under our own counting: a message that ends its process each time
SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")


def declare(channel: Any, known: list[Promise], services: tuple[str, ...] = SERVICES) -> None:
    """Declare exchanges, queues and bindings; what is there already stays as it is."""
    channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True)
    channel.exchange_declare(DEAD, "direct", durable=True)
    channel.exchange_declare(UNROUTABLE, "fanout", durable=True)
    _quorum(channel, UNROUTABLE)
    channel.queue_bind(UNROUTABLE, UNROUTABLE)
    channel.exchange_declare(AUDIT_EXCHANGE, "direct", durable=True)
    _quorum(channel, LEDGER_QUEUE, {"x-single-active-consumer": True})
    channel.queue_bind(LEDGER_QUEUE, AUDIT_EXCHANGE, "rows")
    for service in services:
        _declare_service(channel, service)
    for promise in known:
        _bind(channel, promise)


def _declare_service(channel: Any, service: str) -> None:
    channel.exchange_declare(
        f"{service}.events",
        "topic",
        durable=True,
        arguments={"alternate-exchange": UNROUTABLE},
    )
    _quorum(channel, f"{service}.dead")
    channel.queue_bind(f"{service}.dead", DEAD, service)
    for lane in ("urgent", "normal", "bulk"):
        # One consumer at a time keeps the order; another copy takes over when it goes.
        _quorum(
            channel,
            f"{service}.{lane}",
            {
                "x-single-active-consumer": True,
                "x-delivery-limit": MOST_DELIVERIES,
                "x-dead-letter-exchange": DEAD,
                "x-dead-letter-routing-key": service,
            },
        )


def _bind(channel: Any, promise: Promise) -> None:
    for listener in promise.heard_by:
        if listener != LIVE:
            channel.queue_bind(f"{listener}.{promise.lane}", promise.exchange, promise.routing_key)


def _quorum(channel: Any, name: str, extra: dict[str, Any] | None = None) -> None:
    arguments = {"x-queue-type": "quorum", **(extra or {})}
    channel.queue_declare(name, durable=True, arguments=arguments)


def main() -> int:
    """Declare everything at the broker that ``PORTICO_AMQP_URL`` names."""
    url = os.environ.get("PORTICO_AMQP_URL")
    if not url:
        print("topology cannot start: PORTICO_AMQP_URL is not set", file=sys.stderr)
        return 2
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        declare(connection.channel(), promises())
    return 0


if __name__ == "__main__":
    sys.exit(main())
