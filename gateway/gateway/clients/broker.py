"""The road over the broker: requests and replies on one kept channel, live events on another."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pika
from pika.exceptions import AMQPError

from portico_contracts.event import REGISTRY
from portico_kit.addresses import in_turn
from portico_kit.ids import new_id
from portico_kit.lean_connection import LeanConnection
from portico_kit.logs import log

DIRECT_REPLY = "amq.rabbitmq.reply-to"
RPC_EXCHANGE = "nameko-rpc"
# pika looks every HEARTBEAT + 5 seconds: a silent broker is noticed within 22 s, asked or not.
HEARTBEAT = 6
MOST_WAITING = 2000
LONGEST_PAUSE = 5.0
LOOK_EVERY = 0.25
PATIENCE = 1.0  # seconds without an answer before the broker is asked for a sign of life
SIGN_WITHIN = 1.0  # seconds until one must have come


class Away(Exception):
    """The broker cannot take a request now; none was sent."""


class Lost(Exception):
    """The connection went while a request was under way: it may have been done, or not."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request under way: its answer, when it left, and whether it may be sent once more."""

    answer: asyncio.Future[bytes]
    since: float
    twice: bool

    def fail(self, problem: Exception) -> None:
        """End the waiting, unless it has ended."""
        if not self.answer.done():
            self.answer.set_exception(problem)


class Broker:
    """Keeps a connection, comes back after each loss, fails what was waiting when it goes.

    A connection can also be open and lead nowhere, or to a broker that reads no more. So while
    answers are missing it is asked for a sign of life; as long as none comes it counts as away.
    """

    def __init__(
        self, url: str, *, heard: Callable[[bytes], None], listening: Callable[[], None]
    ) -> None:
        """``heard`` gets each live event; ``listening`` is told when events begin to come."""
        self._addresses = in_turn(url)
        self._heard = heard
        self._listening = listening
        self._connection: Any = None
        self._channel: Any = None
        self._waiting: dict[str, Waiting] = {}
        self._numbers = itertools.count()
        self._pause = 0.2
        self._stopping = False
        self._heard_at = 0.0
        self._asked_at: float | None = None
        self.blocked = False
        self.silent = False
        self.ready = asyncio.Event()

    def start(self) -> None:
        """Begin to connect; ``ready`` is set once requests can be sent."""
        if self._stopping:
            return
        parameters = pika.URLParameters(next(self._addresses))
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

    @property
    def takes_requests(self) -> bool:
        """Whether a request that is sent now may be expected to arrive."""
        return self.ready.is_set() and not (self.blocked or self.silent)

    async def call(
        self,
        service: str,
        method: str,
        body: bytes,
        headers: dict[str, str],
        *,
        seconds: float,
        twice: bool = False,
    ) -> bytes:
        """The reply's bytes. Raises Away (nothing sent), Lost, TimeoutError.

        With ``twice``, for what may be sent once more, it is Lost as soon as the broker is silent.
        """
        if not self.takes_requests or len(self._waiting) >= MOST_WAITING:
            raise Away
        loop, correlation = asyncio.get_running_loop(), str(next(self._numbers))
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting[correlation] = Waiting(answer, loop.time(), twice)
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
        self._alive()
        self._watch(self._channel)
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
        self._heard_at = asyncio.get_running_loop().time()
        waiting = self._waiting.get(properties.correlation_id)
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(body)

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # No queue: the service has never run. Nothing was done.
        waiting = self._waiting.get(properties.correlation_id)
        if waiting is not None:
            waiting.fail(Away())

    def _watch(self, channel: Any) -> None:
        """Look at this channel's broker again and again, for as long as the channel is used."""
        if channel is not self._channel:
            return
        loop = asyncio.get_running_loop()
        loop.call_later(LOOK_EVERY, self._watch, channel)
        now = loop.time()
        if self._asked_at is None:
            if self._is_late(now):
                self._ask_for_a_sign(channel, now)
        elif not self.silent and now - self._asked_at > SIGN_WITHIN:
            self.silent = True
            log.warning("gateway.broker_silent", count=len(self._waiting))
            self._send_otherwise()

    def _is_late(self, now: float) -> bool:
        oldest = next(iter(self._waiting.values()), None)
        return oldest is not None and now - max(oldest.since, self._heard_at) > PATIENCE

    def _ask_for_a_sign(self, channel: Any, now: float) -> None:
        self._asked_at = now
        try:
            # What it asks for is so already; that it is confirmed is all we want.
            channel.basic_qos(callback=lambda _frame: self._alive())
        except AMQPError:
            self._asked_at = None  # closed: of that we are told by other ways

    def _alive(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._asked_at, self.silent = None, False

    def _block(self, state: bool) -> None:
        if state != self.blocked:
            log.warning("gateway.blocked" if state else "gateway.unblocked")
        self.blocked = state
        if state:
            # What it took before it stopped to read is answered soon; the rest it has never seen.
            asyncio.get_running_loop().call_later(SIGN_WITHIN, self._send_otherwise)

    def _send_otherwise(self) -> None:
        """Give up waiting for what may be sent by the other road as well."""
        for waiting in self._waiting.values():
            if waiting.twice and not self.takes_requests:
                waiting.fail(Lost())

    def _close(self, reason: Any) -> None:
        self.ready.clear()
        if self._connection is not None and self._connection.is_open and not self._stopping:
            self._connection.close()
            log.warning("gateway.channel_closed", error=type(reason).__name__)

    def _lost(self, _connection: Any, reason: Any) -> None:
        self.ready.clear()
        self._channel, self._asked_at = None, None
        self.blocked = self.silent = False
        for waiting in self._waiting.values():
            waiting.fail(Lost())
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
