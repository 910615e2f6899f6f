"""A caller for tests: sends requests over the broker as the gateway does, one at a time."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pika

from portico_contracts.refusal import REGISTRY, ServiceFailed
from portico_contracts.rpc import order_of
from portico_contracts.schema import dump

from ..access import ANONYMOUS, Actor
from ..ids import new_id
from .people import token_for

DIRECT = "amq.rabbitmq.reply-to"


class NoAnswer(Exception):
    """Nobody answered before the deadline."""


class Caller:
    """Blocking RPC over one channel."""

    def __init__(self, amqp_url: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        self.channel = self._connection.channel()
        self._replies: dict[str, bytes] = {}
        self.channel.basic_consume(DIRECT, self._heard, auto_ack=True)

    def call(
        self,
        request: Any,
        *,
        actor: Actor = ANONYMOUS,
        key: str | None = None,
        seconds: float = 10.0,
    ) -> Any:
        """The reply's result; raises the service's refusal, or NoAnswer."""
        order = order_of(type(request))
        body = orjson.dumps({"args": [], "kwargs": dump(request)})
        token = None if actor.kind == "anonymous" else token_for(actor)
        return self.send(order.service, order.method, body, token=token, key=key, seconds=seconds)

    def send(
        self,
        service: str,
        method: str,
        body: bytes,
        *,
        token: str | None = None,
        key: str | None = None,
        seconds: float = 10.0,
        deadline: float | None = None,
    ) -> Any:
        """The same with raw bytes, for hostile input."""
        correlation = new_id().hex
        headers = {"portico-token": token, "portico-key": key}
        headers["portico-deadline"] = str(int((deadline or time.time() + seconds) * 1000))
        properties = pika.BasicProperties(
            content_type="application/json",
            content_encoding="utf-8",
            reply_to=DIRECT,
            correlation_id=correlation,
            headers={k: v for k, v in headers.items() if v is not None},
        )
        self.channel.basic_publish("nameko-rpc", f"{service}.{method}", body, properties)
        return _result(self._wait(correlation, seconds))

    def close(self) -> None:
        """Leave."""
        self._connection.close()

    def _wait(self, correlation: str, seconds: float) -> bytes:
        end = time.monotonic() + seconds
        while correlation not in self._replies:
            left = end - time.monotonic()
            if left <= 0:
                raise NoAnswer
            self._connection.process_data_events(time_limit=left)
        return self._replies.pop(correlation)

    def _heard(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        self._replies[properties.correlation_id] = body


def _result(body: bytes) -> Any:
    answer = orjson.loads(body)
    error = answer["error"]
    if error is None:
        return answer["result"]
    kind = REGISTRY.get(error["exc_type"], ServiceFailed)
    raise kind(error["value"], **error.get("facts", {}))
