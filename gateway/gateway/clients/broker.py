"""The road over the broker: requests and replies on one kept channel, live events on another."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pika
from pika.exceptions import AMQPError

from portico_contracts.event import REGISTRY
from portico_kit.ids import new_id
from portico_kit.lean_connection import LeanConnection
from portico_kit.logs import log

DIRECT_REPLY = "amq.rabbitmq.reply-to"
RPC_EXCHANGE = "nameko-rpc"
HEARTBEAT = 10
MOST_WAITING = 2000
LONGEST_PAUSE = 5.0


class Away(Exception):
    """The broker cannot take a request now; none was sent."""


class Lost(Exception):
    """The connection went while a request was under way: it may have been done, or not."""


class Broker:
    """Keeps a connection, comes back after each loss, fails what was waiting when it goes."""

    def __init__(
        self, url: str, *, heard: Callable[[bytes], None], listening: Callable[[], None]
    ) -> None:
        """``heard`` gets each live event; ``listening`` is told when events begin to come."""
        self._url = url
        self._heard = heard
        self._listening = listening
        self._connection: Any = None
        self._channel: Any = None
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._numbers = itertools.count()
        self._pause = 0.2
        self._stopping = False
        self.blocked = False
        self.ready = asyncio.Event()

    def start(self) -> None:
        """Begin to connect; ``ready`` is set once requests can be sent."""
        if self._stopping:
            return
        parameters = pika.URLParameters(self._url)
        parameters.heartbeat = HEARTBEAT
        parameters.socket_timeout = parameters.stack_timeout = 5
        self._connection = LeanConnection(
            parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._lost,
            on_close_callback=self._lost,
        )
        self._connection.add_on_connection_blocked_callback(lambda *_: self._block(True))
        self._connection.add_on_connection_unblocked_callback(lambda *_: self._block(False))

    def stop(self) -> None:
        """Leave the broker."""
        self._stopping = True
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    async def call(
        self, service: str, method: str, body: bytes, headers: dict[str, str], *, seconds: float
    ) -> bytes:
        """The reply's bytes. Raises Away (nothing sent), Lost, TimeoutError."""
        if not self.ready.is_set() or self.blocked or len(self._waiting) >= MOST_WAITING:
            raise Away
        correlation = str(next(self._numbers))
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[correlation] = answer
        properties = _properties(correlation, headers, seconds)
        try:
            self._publish(f"{service}.{method}", body, properties)
            async with asyncio.timeout(seconds):
                return await answer
        finally:
            self._waiting.pop(correlation, None)

    def _publish(self, key: str, body: bytes, properties: pika.BasicProperties) -> None:
        try:
            self._channel.basic_publish(RPC_EXCHANGE, key, body, properties, mandatory=True)
        except AMQPError:
            # The channel closed, and its connection has not told us yet: nothing has left.
            raise Away from None

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_return_callback(self._returned)
        channel.add_on_close_callback(lambda _channel, reason: self._close(reason))
        channel.basic_consume(
            DIRECT_REPLY, self._replied, auto_ack=True, callback=lambda _frame: self._consuming()
        )

    def _consuming(self) -> None:
        self._pause = 0.2
        self.ready.set()
        log.info("gateway.connected")
        self._connection.channel(on_open_callback=self._listen)

    def _listen(self, channel: Any) -> None:
        channel.add_on_close_callback(lambda _channel, reason: self._close(reason))
        # A queue of this copy's own: every copy hears every live event, and forgets it at once.
        queue = f"gateway.{new_id().hex}"
        channel.queue_declare(
            queue,
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": 10_000},
            callback=lambda _frame: self._bind(channel, queue),
        )

    def _bind(self, channel: Any, queue: str) -> None:
        for promise in REGISTRY.values():
            if "gateway" in promise.heard_by:
                channel.queue_bind(queue, promise.exchange, promise.routing_key)
        channel.basic_consume(
            queue,
            lambda _channel, _method, _properties, body: self._heard(body),
            auto_ack=True,
            callback=lambda _frame: self._listening(),
        )

    def _replied(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        waiting = self._waiting.get(properties.correlation_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(body)

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # No queue: the service has never run. Nothing was done.
        waiting = self._waiting.get(properties.correlation_id)
        if waiting is not None and not waiting.done():
            waiting.set_exception(Away())

    def _block(self, state: bool) -> None:
        self.blocked = state

    def _close(self, reason: Any) -> None:
        self.ready.clear()
        if self._connection is not None and self._connection.is_open and not self._stopping:
            self._connection.close()
            log.warning("gateway.channel_closed", error=type(reason).__name__)

    def _lost(self, _connection: Any, reason: Any) -> None:
        self.ready.clear()
        self._channel = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Lost())
        if self._stopping:
            return
        log.warning("gateway.broker_lost", error=type(reason).__name__)
        asyncio.get_running_loop().call_later(self._pause, self.start)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


def _properties(correlation: str, headers: dict[str, str], seconds: float) -> pika.BasicProperties:
    """A transient request that nobody answers any more once its caller has given up."""
    return pika.BasicProperties(
        content_type="application/json",
        content_encoding="utf-8",
        reply_to=DIRECT_REPLY,
        correlation_id=correlation,
        headers=headers,
        delivery_mode=1,
        expiration=str(int(seconds * 1000)),
    )
