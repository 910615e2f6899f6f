"""The broker, as a service sees it: one connection to consume by, one to answer on.

nameko's own consumers acknowledge on an exception, loop on a requeue and log undecodable bodies;
so the kit consumes by itself, on kombu's connection, and uses nameko for what it is good at:
entrypoints, workers and their life.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import eventlet
import kombu
from amqp.exceptions import AMQPError
from eventlet.semaphore import Semaphore
from kombu.exceptions import OperationalError
from nameko.extensions import SharedExtension

from .logs import log

HEARTBEAT = 10  # seconds; two missed ones end the connection (noticed within 20 s)
BROKEN = (OSError, AMQPError, OperationalError, RuntimeError)
LONGEST_PAUSE = 5.0
RPC_EXCHANGE = "nameko-rpc"


@dataclass(slots=True)
class Intake:
    """A queue to consume: how many unacknowledged at most (0: acknowledged by the broker)."""

    queue: str
    deliver: Callable[[Any], None]
    prefetch: int
    prepare: Callable[[Any], None] | None = None


class Bus(SharedExtension):
    """Keeps a connection to the broker, consumes every intake, comes back after each loss."""

    def __init__(self) -> None:
        self.url = ""
        self.intakes: list[Intake] = []
        self.connected = False
        self._stopping = False
        self._channels: dict[str, Any] = {}
        self._writing = Semaphore()

    def setup(self) -> None:
        self.url = self.container.portico.config.amqp_url

    def start(self) -> None:
        if self.intakes:
            self.container.spawn_managed_thread(self._run, identifier="bus")

    def stop(self) -> None:
        self._stopping = True
        for queue, channel in list(self._channels.items()):
            self._write(channel.basic_cancel, f"portico-{queue}", nowait=True)
        self.connected = False

    def kill(self) -> None:
        self._stopping = True

    def add(self, intake: Intake) -> None:
        """Register a queue, before the container starts."""
        self.intakes.append(intake)

    def ack(self, message: Any) -> None:
        """Acknowledge; when the connection is gone the broker simply delivers again."""
        self._write(message.channel.basic_ack, message.delivery_tag)

    def reject(self, message: Any) -> None:
        """Hand a message back to its queue."""
        self._write(message.channel.basic_reject, message.delivery_tag, True)

    def _write(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        # Two greenlets must not write frames of one socket at once.
        try:
            with self._writing:
                call(*arguments, **options)
        except (*BROKEN, AttributeError):
            log.warning("bus.write_failed")

    def _run(self) -> None:
        pause = 0.2
        while not self._stopping:
            try:
                self._consume()
                pause = 0.2
            except BROKEN as problem:
                log.warning("bus.lost", error=type(problem).__name__)
            self.connected = False
            if not self._stopping:
                eventlet.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _consume(self) -> None:
        with kombu.Connection(self.url, heartbeat=HEARTBEAT, connect_timeout=5) as connection:
            connection.connect()
            raw = connection.connection
            self._channels = {i.queue: self._open(raw, i) for i in self.intakes}
            self.connected = True
            log.info("bus.consuming", count=len(self._channels))
            beat = eventlet.spawn(self._beat, raw)
            try:
                self._drain(raw)
            finally:
                beat.kill()

    def _open(self, raw: Any, intake: Intake) -> Any:
        channel = raw.channel()
        if intake.prepare:
            intake.prepare(channel)
        if intake.prefetch:
            channel.basic_qos(0, intake.prefetch, False)
        channel.basic_consume(
            intake.queue,
            consumer_tag=f"portico-{intake.queue}",
            callback=intake.deliver,
            no_ack=not intake.prefetch,
        )
        return channel

    def _drain(self, raw: Any) -> None:
        while True:
            try:
                raw.drain_events(timeout=1.0)
            except TimeoutError:
                # Keep the socket open after a cancel: workers still have to acknowledge.
                if self._stopping and not self.container._worker_threads:
                    return

    def _beat(self, raw: Any) -> None:
        while True:
            eventlet.sleep(HEARTBEAT / 4)
            with self._writing:
                raw.heartbeat_tick()


class Publisher(SharedExtension):
    """A kept channel for replies: no confirm, one write a message."""

    def __init__(self) -> None:
        self.url = ""
        self._connection: Any = None
        self._channel: Any = None
        self._writing = Semaphore()

    def setup(self) -> None:
        self.url = self.container.portico.config.amqp_url

    def start(self) -> None:
        self.container.spawn_managed_thread(self._beat, identifier="publisher")

    def send(self, body: bytes, *, to: str, correlation_id: str) -> None:
        """Send a reply; one lost to a broken connection is the caller's deadline to notice."""
        for attempt in (1, 2):
            try:
                with self._writing:
                    self._publish(body, to, correlation_id)
                return
            except BROKEN as problem:
                self._connection = None
                log.warning("reply.failed", attempt=attempt, error=type(problem).__name__)

    def _publish(self, body: bytes, to: str, correlation_id: str) -> None:
        if self._connection is None:
            connection = kombu.Connection(self.url, heartbeat=HEARTBEAT, connect_timeout=5)
            connection.connect()
            self._channel = connection.connection.channel()
            self._connection = connection
        message = self._channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            properties={"correlation_id": correlation_id, "delivery_mode": 1},
        )
        # Stock nameko's callers listen on its exchange, ours on a direct reply-to.
        exchange = "" if to.startswith("amq.rabbitmq.reply-to") else RPC_EXCHANGE
        self._channel.basic_publish(message, exchange=exchange, routing_key=to)

    def _beat(self) -> None:
        while True:
            eventlet.sleep(HEARTBEAT / 4)
            with self._writing:
                if self._connection is None:
                    continue
                try:
                    self._connection.heartbeat_check()
                    eventlet.sleep(0)
                    self._connection.drain_events(timeout=0.001)
                except TimeoutError:
                    pass
                except BROKEN:
                    self._connection = None
