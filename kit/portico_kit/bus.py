"""The broker, as a service sees it: one connection to consume by, one to answer on.

nameko's own consumers acknowledge on an exception, loop on a requeue and log undecodable bodies;
so the kit consumes by itself, on kombu's connection, and uses nameko for what it is good at:
entrypoints, workers and their life.
"""

from __future__ import annotations

import functools
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import eventlet
import kombu
from amqp import spec
from amqp.exceptions import AMQPError
from eventlet.event import Event
from eventlet.semaphore import Semaphore
from kombu.exceptions import OperationalError
from nameko.extensions import SharedExtension

from .addresses import addresses, in_turn
from .logs import log, where

HEARTBEAT = 8  # seconds; two missed ones end the connection (noticed within 21 s)
# AttributeError: what py-amqp raises when a connection is torn down under whoever writes to it.
BROKEN = (OSError, AMQPError, OperationalError, RuntimeError, AttributeError)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
CONNECT_DEADLINE = WRITE_DEADLINE = LEAVE_DEADLINE = 5.0
LOOK_UP = 0.5  # seconds between looks whether it is time to leave
RPC_EXCHANGE = "nameko-rpc"


@dataclass(slots=True)
class Intake:
    """A queue to consume: how many unacknowledged at most (0: acknowledged by the broker)."""

    queue: str
    deliver: Callable[[Any], None]
    prefetch: int

    @property
    def tag(self) -> str:
        """The consumer's name at the broker."""
        return f"portico-{self.queue}"


class Bus(SharedExtension):
    """Keeps a connection to the broker, consumes every intake, comes back after each loss."""

    def __init__(self) -> None:
        self._addresses: Iterator[str] = in_turn("")
        self.intakes: list[Intake] = []
        self.connected = False
        self.tried = False  # whether the broker was reached, or found to be away, at all
        self._channels: dict[str, Any] = {}
        self._pause = FIRST_PAUSE
        self._delivering = False
        self._leaving = False
        self._left = Event()
        self._writing = Semaphore()

    def setup(self) -> None:
        self._addresses = in_turn(self.container.portico.config.amqp_url)

    def start(self) -> None:
        if self.intakes:
            self.container.spawn_managed_thread(self._run, identifier="bus")

    def leave(self) -> None:
        """Take no more messages; return once the broker knows. Work that was taken goes on."""
        self._leaving = True
        if self.connected:
            with eventlet.Timeout(LEAVE_DEADLINE, False):
                self._left.wait()

    def kill(self) -> None:
        self._leaving = True

    def add(self, intake: Intake) -> None:
        """Register a queue, before the container starts."""
        self.intakes.append(intake)

    def ack(self, message: Any) -> None:
        """Acknowledge; when the connection is gone the broker simply delivers again."""
        self._write(message.channel.basic_ack, message.delivery_tag)

    def reject(self, message: Any) -> None:
        """Hand a message back to its queue."""
        self._write(message.channel.basic_reject, message.delivery_tag, True)

    def _write(self, call: Callable[..., Any], *arguments: Any) -> None:
        # Two greenlets must not write frames of one socket at once.
        try:
            with self._writing:
                call(*arguments)
        except BROKEN:
            log.warning("bus.write_failed")

    def _run(self) -> None:
        while not self._leaving:
            try:
                self._consume()
            except BROKEN as problem:
                log.warning("bus.lost", error=type(problem).__name__)
            self.connected, self.tried = False, True
            if not self._leaving:
                eventlet.sleep(self._pause)
                self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._say_left()

    def _consume(self) -> None:
        connection = kombu.Connection(
            next(self._addresses), heartbeat=HEARTBEAT, connect_timeout=CONNECT_DEADLINE
        )
        with connection:
            connection.connect()
            raw = connection.connection
            # Beats from the first frame on: a broker that falls silent now is noticed as well.
            beat = eventlet.spawn(self._beat, raw)
            try:
                self._channels = {i.queue: self._open(raw, i) for i in self.intakes}
                self.connected, self.tried, self._pause = True, True, FIRST_PAUSE
                log.info("bus.consuming", count=len(self._channels))
                self._drain(raw)
            finally:
                beat.kill()

    def _open(self, raw: Any, intake: Intake) -> Any:
        channel = raw.channel()
        channel.auto_decode = False  # bodies stay bytes, whatever encoding their sender claims
        if intake.prefetch:
            channel.basic_qos(0, intake.prefetch, False)
        channel.basic_consume(
            intake.queue,
            consumer_tag=intake.tag,
            callback=functools.partial(self._take, intake),
            no_ack=not intake.prefetch,
        )
        return channel

    def _take(self, intake: Intake, message: Any) -> None:
        # No message may end the process: one that cannot even be handed on stays unacknowledged.
        self._delivering = True
        try:
            intake.deliver(message)
        except Exception as problem:
            name, place = type(problem).__name__, where(problem)
            log.error("bus.not_delivered", queue=intake.queue, error=name, where=place)
        finally:
            self._delivering = False

    def _drain(self, raw: Any) -> None:
        cancelled = False
        while True:
            if self._leaving and not cancelled:
                cancelled = True
                self._cancel()
            try:
                raw.drain_events(timeout=LOOK_UP)
            except TimeoutError:
                # Keep the socket open after a cancel: workers still have to acknowledge.
                if cancelled and not self.container._worker_threads:
                    return

    def _cancel(self) -> None:
        """End every consumer. What the broker had sent before it knew is delivered on the way."""
        for intake in self.intakes:
            channel = self._channels[intake.queue]
            self._write(channel.send_method, spec.Basic.Cancel, "sb", (intake.tag, False))
            channel.wait(spec.Basic.CancelOk, timeout=LEAVE_DEADLINE)
        self._say_left()

    def _say_left(self) -> None:
        if not self._left.ready():
            self._left.send()

    def _beat(self, raw: Any) -> None:
        while True:
            eventlet.sleep(HEARTBEAT / 4)
            if self._delivering:
                # All workers are busy and nobody reads: silence proves nothing now.
                raw.prev_recv = None
            try:
                with self._writing:
                    raw.heartbeat_tick()
            except BROKEN:
                log.warning("bus.silent")
                _cut(raw)
                return


class Publisher(SharedExtension):
    """A kept channel for replies: no confirm, one write a message."""

    def __init__(self) -> None:
        self._addresses: Iterator[str] = in_turn("")
        self._nodes = 1
        self._connection: Any = None
        self._channel: Any = None
        self._not_before = 0.0
        self._writing = Semaphore()

    def setup(self) -> None:
        url = self.container.portico.config.amqp_url
        self._addresses, self._nodes = in_turn(url), len(addresses(url))

    def start(self) -> None:
        self.container.spawn_managed_thread(self._beat, identifier="publisher")

    def stop(self) -> None:
        with self._writing, eventlet.Timeout(LEAVE_DEADLINE, False):
            if self._connection is not None:
                self._connection.release()

    def send(self, body: bytes, *, to: str, correlation_id: str) -> None:
        """Send a reply; one lost to a broken connection is the caller's deadline to notice."""
        with self._writing:
            for attempt in (1, 2):
                try:
                    self._publish(body, to, correlation_id)
                    return
                except BROKEN as problem:
                    self._drop()
                    log.warning("reply.failed", attempt=attempt, error=type(problem).__name__)

    def _publish(self, body: bytes, to: str, correlation_id: str) -> None:
        if self._connection is None:
            self._connect()
        message = self._channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            properties={"correlation_id": correlation_id, "delivery_mode": 1},
        )
        # Stock nameko's callers listen on its exchange, ours on a direct reply-to.
        exchange = "" if to.startswith("amq.rabbitmq.reply-to") else RPC_EXCHANGE
        self._channel.basic_publish(
            message, exchange=exchange, routing_key=to, timeout=WRITE_DEADLINE
        )

    def _connect(self) -> None:
        # One worker finds out that the broker is away; those behind it are not kept waiting too.
        if time.monotonic() < self._not_before:
            raise ConnectionError
        # A reply is not sent again later: no node of a cluster is left untried.
        for further in reversed(range(self._nodes)):
            try:
                self._connect_to(next(self._addresses))
                break
            except BROKEN:
                if not further:
                    self._not_before = time.monotonic() + FIRST_PAUSE
                    raise

    def _connect_to(self, url: str) -> None:
        connection = kombu.Connection(url, heartbeat=HEARTBEAT, connect_timeout=CONNECT_DEADLINE)
        connection.connect()
        self._channel = connection.connection.channel()
        self._connection = connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect()

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
                    self._drop()


def _cut(raw: Any) -> None:
    """End a silent connection, so that whoever reads from it hears of it."""
    try:
        raw._transport.sock.shutdown(socket.SHUT_RDWR)
    except BROKEN:
        return
