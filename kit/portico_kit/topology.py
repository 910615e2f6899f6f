"""The broker's topology, out of the contracts: one idempotent job before anyone publishes.

``python -m portico_kit.topology`` with ``PORTICO_AMQP_URL`` of a user who may declare.
Runs on RabbitMQ 3.10 and 4.x.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from portico_contracts.catalogue import promises
from portico_contracts.event import Promise

from . import journal
from .addresses import parameters

AUDIT_EXCHANGE, LEDGER_QUEUE = "audit", "identity.audit"
# The arguments of a queue cannot be changed: one that needs others gets another name.
FORMER_LEDGER_QUEUE = "identity.ledger"
DEAD = "portico.dead"
UNROUTABLE = "portico.unroutable"
RPC_EXCHANGE = "nameko-rpc"
LIVE = "gateway"  # declares its own queue, one a copy
UNSEEN = "portico.unseen"  # news for open pages alone, while no gateway is there: gone at once
MOST_DELIVERIES = 20  # the net under our own counting: a message that ends its process each time
QUIET = 1.0  # seconds without a message after which a queue counts as read to its end
SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")


def declare(channel: Any, known: list[Promise], services: tuple[str, ...] = SERVICES) -> None:
    """Declare exchanges, queues and bindings; what is there already stays as it is."""
    channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True)
    channel.exchange_declare(DEAD, "direct", durable=True)
    channel.exchange_declare(UNROUTABLE, "fanout", durable=True)
    _quorum(channel, UNROUTABLE)
    channel.queue_bind(UNROUTABLE, UNROUTABLE)
    channel.exchange_declare(AUDIT_EXCHANGE, "direct", durable=True)
    _declare_ledger(channel)
    journal.declare(channel)
    _quorum(channel, UNSEEN, {"x-message-ttl": 0})
    for service in services:
        _declare_service(channel, service)
    for promise in known:
        _bind(channel, promise)
    _retire(channel.connection, FORMER_LEDGER_QUEUE, exchange=AUDIT_EXCHANGE, key="rows")


def _declare_ledger(channel: Any) -> None:
    owner = LEDGER_QUEUE.partition(".")[0]
    # Rows of the ledger are given up by no count: what came back too often is kept as a dead
    # letter, and leaves this queue only when the other one has it.
    careful = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
    _quorum(channel, LEDGER_QUEUE, _one_reader(owner) | careful)
    channel.queue_bind(LEDGER_QUEUE, AUDIT_EXCHANGE, "rows")


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
        _quorum(channel, f"{service}.{lane}", _one_reader(service))
    channel.queue_declare(f"rpc-{service}", durable=True)
    channel.queue_bind(f"rpc-{service}", RPC_EXCHANGE, f"{service}.*")


def _one_reader(service: str) -> dict[str, Any]:
    return {
        # One consumer at a time keeps the order; another copy takes over when it goes.
        "x-single-active-consumer": True,
        "x-delivery-limit": MOST_DELIVERIES,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-routing-key": service,
    }


def _bind(channel: Any, promise: Promise) -> None:
    if set(promise.heard_by) == {LIVE}:
        # Without a page there is nobody to miss it: that is no fault an operator should look for.
        channel.queue_bind(UNSEEN, promise.exchange, promise.routing_key)
    for listener in promise.heard_by:
        if listener != LIVE:
            channel.queue_bind(f"{listener}.{promise.lane}", promise.exchange, promise.routing_key)


def _quorum(channel: Any, name: str, extra: dict[str, Any] | None = None) -> None:
    arguments = {"x-queue-type": "quorum", **(extra or {})}
    channel.queue_declare(name, durable=True, arguments=arguments)


def _retire(connection: Any, name: str, *, exchange: str, key: str) -> None:
    """Send what waits in a queue of an earlier release to the queue that has its binding now; then
    remove it, once it is found empty.

    A process of that release may still read from it: then its messages are left to that one, and
    the queue to the next run of this job.
    """
    waiting = _look(connection, name)
    if waiting is None:
        return
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_unbind(name, exchange, key)
    if waiting == (0, 0):
        channel.queue_delete(name)
        return
    for method, properties, body in channel.consume(name, inactivity_timeout=QUIET):
        if method is None:
            break
        # Confirmed, then acknowledged: whatever ends here, it stands in one of the two.
        channel.basic_publish(exchange, key, body, properties, mandatory=True)
        channel.basic_ack(method.delivery_tag)
    channel.cancel()


def _look(connection: Any, name: str) -> tuple[int, int] | None:
    """How many messages and consumers a queue has; None where there is no such queue."""
    try:
        found = connection.channel().queue_declare(name, passive=True).method
    except ChannelClosedByBroker:
        return None
    return found.message_count, found.consumer_count


def main() -> int:
    """Declare everything at the broker that ``PORTICO_AMQP_URL`` names."""
    url = os.environ.get("PORTICO_AMQP_URL")
    if not url:
        print("topology cannot start: PORTICO_AMQP_URL is not set", file=sys.stderr)
        return 2
    with pika.BlockingConnection(parameters(url)) as connection:
        declare(connection.channel(), promises())
    return 0


if __name__ == "__main__":
    sys.exit(main())
