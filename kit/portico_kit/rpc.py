"""RPC: nameko's protocol, a lean entrypoint.

A request is a transient message on ``nameko-rpc`` with key ``<service>.<method>``; its reply goes
to the caller's direct reply-to on a kept channel, unconfirmed. Work whose deadline has passed is
dropped. The reply leaves after the commit, so a success that is heard is a success that is stored.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nameko.extensions import Entrypoint, SharedExtension, register_entrypoint

from portico_contracts.rpc import order_of

from .access import Rule
from .bus import RPC_EXCHANGE, Bus, Intake, Publisher
from .calls import Arrival, Desk
from .forgetting import Forgetting
from .logs import log

__all__ = ["rpc"]


def rpc(request: type[Any], *, allow: Rule, transaction: bool = True) -> Callable[..., Any]:
    """Answer ``request`` with the decorated method, for callers whom ``allow`` lets in.

    The method gets ``(tx, request)``; with ``transaction=False`` it gets ``(call, request)`` and
    opens short transactions itself, because it waits for somebody outside in between. The
    method's name must be the request's in snake case: ``BookAppointment`` → ``book_appointment``.
    """
    order = order_of(request)

    def declare(method: Callable[..., Any]) -> Callable[..., Any]:
        if method.__name__ != order.method:
            raise TypeError(f"{request.__name__} is answered by {order.method}")
        desk = Desk(order, allow, transaction)

        @functools.wraps(method)
        def answer(self: Any, arrival: Arrival) -> bytes | None:
            return desk.answer(arrival, functools.partial(method, self), self.database)

        answer.desk = desk  # type: ignore[attr-defined]
        register_entrypoint(answer, Rpc())
        return answer

    return declare


class RequestBus(Bus):
    """Requests have a line of their own. Their queue lives on one node of a cluster, unlike those
    of events: while that node is away nobody can read it, and events must be heard all the same."""


class RpcQueue(SharedExtension):
    """The service's one request queue, shared by all its methods."""

    bus = RequestBus()
    replies = Publisher()
    forgetting = Forgetting()

    def __init__(self) -> None:
        self.methods: dict[str, Rpc] = {}

    def setup(self) -> None:
        # Acknowledged by the broker: a caller waits for seconds, not for a redelivery, and the
        # worker pool's limit holds the socket back when there is too much to do.
        name = self.container.service_name
        self.bus.add(Intake(f"rpc-{name}", self._deliver, prefetch=0))

    def _deliver(self, message: Any) -> None:
        if message.delivery_info["exchange"] != RPC_EXCHANGE:
            # By the default exchange, to which every account may write: nobody who may ask does so.
            log.warning("rpc.refused")
            return
        method = message.delivery_info["routing_key"].rpartition(".")[2]
        entrypoint = self.methods.get(method)
        if entrypoint is None:
            log.warning("rpc.unknown_method")
            return
        headers = message.properties.get("application_headers") or {}
        arrival = Arrival.of(message.body, headers)
        entrypoint.spawn(arrival, functools.partial(self._reply, message.properties))

    def _reply(self, properties: dict[str, Any], body: bytes | None) -> None:
        to = properties.get("reply_to")
        if body is not None and to:
            self.replies.send(body, to=to, correlation_id=properties.get("correlation_id", ""))


class Rpc(Entrypoint):
    """nameko's view of one method: starts a worker for each request."""

    queue = RpcQueue()

    def setup(self) -> None:
        self.queue.methods[self.method_name] = self

    def spawn(self, arrival: Arrival, reply: Callable[[bytes | None], None]) -> None:
        """Work on a request in a worker of its own and hand the answer to ``reply``."""

        def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            reply(result)
            return result, exc_info

        self.container.spawn_worker(self, (arrival,), {}, handle_result=handle_result)
