"""The floor under the relay: bare pika with publisher confirms, two hundred in flight."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection

IN_FLIGHT = 200
DEADLINE = 90.0
PERSISTENT = pika.BasicProperties(content_type="application/json", delivery_mode=2)


async def publish(url: str, exchange: str, key: str, bodies: Sequence[bytes]) -> float:
    """Seconds from the first message to the last confirm."""
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[Any] = loop.create_future()
    connection = AsyncioConnection(
        pika.URLParameters(url),
        on_open_callback=lambda c: c.channel(on_open_callback=opened.set_result),
    )
    channel = await asyncio.wait_for(opened, DEADLINE)
    floor = _Floor(channel, exchange, key, bodies)
    began = time.perf_counter()
    await asyncio.wait_for(floor.done, DEADLINE)
    took = time.perf_counter() - began
    connection.close()
    return took


class _Floor:
    """Keeps a fixed number of messages on their way until all are confirmed."""

    def __init__(self, channel: Any, exchange: str, key: str, bodies: Sequence[bytes]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._channel = channel
        self._where = (exchange, key)
        self._bodies = bodies
        self._sent = self._confirmed = 0
        channel.confirm_delivery(self._on_confirm, callback=lambda _frame: self._fill())

    def _fill(self) -> None:
        while self._sent < len(self._bodies) and self._sent - self._confirmed < IN_FLIGHT:
            body = self._bodies[self._sent]
            self._channel.basic_publish(*self._where, body, PERSISTENT, mandatory=True)
            self._sent += 1

    def _on_confirm(self, frame: Any) -> None:
        tag, many = frame.method.delivery_tag, frame.method.multiple
        self._confirmed = tag if many else self._confirmed + 1
        if self._confirmed >= len(self._bodies) and not self.done.done():
            self.done.set_result(None)
        self._fill()
