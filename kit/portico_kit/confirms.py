"""A channel that publishes many messages at once and knows which the broker has taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pika

from . import metrics
from .fail_points import reach
from .lean_connection import LeanConnection
from .logs import log

# pika looks every HEARTBEAT + 5 seconds: a silent broker is noticed within 22 s.
HEARTBEAT = 6
CONNECT_DEADLINE = 10.0


class Blocked(Exception):
    """The broker did not confirm in time, or refused: publish again, later."""


class ConfirmingChannel:
    """pika on asyncio with publisher confirms; lost connections come out as ConnectionError."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocked = False
        self._connection: Any = None
        self._channel: Any = None
        self._next = 1
        self._waiting: set[int] = set()
        self._heard_at = 0.0
        self._done: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, url: str, *, name: str) -> ConfirmingChannel:
        """Connect, open a channel, ask for confirms. Raises ConnectionError, TimeoutError."""
        made = cls(name)
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        parameters = pika.URLParameters(url)
        parameters.heartbeat = HEARTBEAT
        parameters.client_properties = {"connection_name": f"relay {name}"}
        made._connection = LeanConnection(
            parameters,
            on_open_callback=lambda c: c.channel(on_open_callback=lambda ch: made._use(ch, opened)),
            on_open_error_callback=lambda _c, e: made._lost(e, opened),
            on_close_callback=lambda _c, e: made._lost(e, opened),
        )
        made._connection.add_on_connection_blocked_callback(lambda *_: made._block(True))
        made._connection.add_on_connection_unblocked_callback(lambda *_: made._block(False))
        await asyncio.wait_for(opened, CONNECT_DEADLINE)
        return made

    async def publish(self, messages: Iterable[tuple[str, str, bytes]], *, deadline: float) -> None:
        """Publish ``(exchange, routing key, body)`` and wait until all are confirmed.

        ``deadline`` is in seconds without a single confirm: a slow broker confirms some, one of a
        cluster that has lost the others none. It stands still while the broker has asked us to
        pause, for then it has the messages' bytes and confirms them when it goes on. Raises Blocked
        or ConnectionError; then none may be counted as taken.
        """
        if self._channel is None:
            raise Blocked
        self._done = asyncio.get_running_loop().create_future()
        for exchange, key, body in messages:
            self._waiting.add(self._next)
            self._next += 1
            self._channel.basic_publish(exchange, key, body, _PERSISTENT, mandatory=True)
        if self._waiting:
            self._heard()
            await asyncio.sleep(0)  # let what was written go to the socket
            reach("before_confirm")
            await self._confirmed_within(deadline)

    async def _confirmed_within(self, deadline: float) -> None:
        assert self._done is not None
        while not self._done.done():
            left = self._heard_at + deadline - asyncio.get_running_loop().time()
            if left <= 0 and not self.blocked:
                raise Blocked
            await asyncio.wait([self._done], timeout=max(left, 0) or deadline)
        self._done.result()

    async def count(self, queue: str) -> int:
        """How many messages wait in a queue that must exist. Raises Blocked."""
        if self._channel is None:
            raise Blocked
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def tell(frame: Any) -> None:
            if not told.done():
                told.set_result(frame.method.message_count)

        self._channel.queue_declare(queue, passive=True, callback=tell)
        try:
            return await asyncio.wait_for(told, CONNECT_DEADLINE)
        except TimeoutError:
            raise Blocked from None

    async def close(self) -> None:
        """Close the connection, without waiting for the broker's word."""
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def _use(self, channel: Any, opened: asyncio.Future[None]) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _ch, reason: self._lost(reason, opened))
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed, callback=lambda _frame: _settle(opened))

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _confirmed(self, frame: Any) -> None:
        self._heard()
        tag, many = frame.method.delivery_tag, frame.method.multiple
        taken = {t for t in self._waiting if t <= tag} if many else {tag}
        self._waiting -= taken
        if isinstance(frame.method, pika.spec.Basic.Nack):
            self._fail(Blocked())
        elif not self._waiting and self._done is not None:
            _settle(self._done)

    def _returned(self, _channel: Any, method: Any, _properties: Any, _body: bytes) -> None:
        # No queue, not even the one for what nobody wants. The broker confirms it all the same,
        # so it must not be counted as taken.
        log.error("relay.returned", name=self.name, exchange=method.exchange)
        self._fail(Blocked())

    def _block(self, state: bool) -> None:
        if state != self.blocked:
            log.warning("relay.blocked" if state else "relay.unblocked", name=self.name)
        self.blocked = state
        self._heard()
        metrics.relay_blocked.labels(self.name).set(state)

    def _lost(self, reason: Any, opened: asyncio.Future[None]) -> None:
        self._channel = None
        self._block(False)
        problem = ConnectionError(type(reason).__name__)
        if not opened.done():
            opened.set_exception(problem)
        self._fail(problem)

    def _fail(self, problem: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(problem)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


_PERSISTENT = pika.BasicProperties(content_type="application/json", delivery_mode=2)
