"""Asking a service: a request of the contracts in, its plain reply or its typed refusal out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from gateway.config import Config
from portico_contracts.refusal import REGISTRY, Refusal, ServiceFailed, Unavailable
from portico_contracts.rpc import REGISTRY as ORDERS
from portico_contracts.rpc import order_of
from portico_contracts.schema import dump
from portico_kit.logs import log

from .broker import Away, Broker, Lost

SECONDS = 8.0
TAIL = b',"error":null}'
HEAD = b'{"result":'


@dataclass(frozen=True, slots=True)
class Asking:
    """On whose word a request is made: token, idempotency key, and a reference for the logs."""

    token: str | None = None
    key: str | None = None
    reference: str = ""


class Services:
    """All services behind one door. By the broker; by their own ports while it is away."""

    def __init__(
        self,
        config: Config,
        *,
        heard: Callable[[bytes], None],
        listening: Callable[[], None],
    ) -> None:
        self.broker = Broker(config.amqp_url, heard=heard, listening=listening)
        self._direct = dict(config.direct)
        self._http = httpx.AsyncClient(timeout=SECONDS, limits=httpx.Limits(max_connections=100))

    async def ask(self, request: Any, asking: Asking, *, seconds: float = SECONDS) -> Any:
        """The reply as plain dicts (ids and times as text). Raises the service's Refusal."""
        order, arguments = order_of(type(request)), dump(request)
        reply = await self.send(order.service, order.method, arguments, asking, seconds=seconds)
        return orjson.loads(reply)

    async def send(
        self,
        service: str,
        method: str,
        arguments: Any,
        asking: Asking,
        *,
        seconds: float = SECONDS,
    ) -> bytes:
        """The reply's JSON as it came, for answers that are passed on unread."""
        body = orjson.dumps({"args": [], "kwargs": arguments})
        headers = _headers(asking, seconds)
        try:
            reply = await self.broker.call(service, method, body, headers, seconds=seconds)
        except Away:
            reply = await self._ask_directly(service, method, body, headers)
        except Lost:
            if not _harmless_twice(service, method, asking):
                raise Unavailable(seconds=5) from None
            reply = await self._ask_directly(service, method, body, headers)
        except TimeoutError:
            log.warning("service.silent", method=method, reference=asking.reference)
            raise Unavailable(seconds=5) from None
        return _result(reply)

    async def close(self) -> None:
        """Leave broker and services."""
        self.broker.stop()
        await self._http.aclose()

    async def _ask_directly(
        self, service: str, method: str, body: bytes, headers: dict[str, str]
    ) -> bytes:
        address = self._direct.get(service)
        if not address:
            raise Unavailable(seconds=5)
        try:
            answer = await self._http.post(f"{address}/rpc/{method}", content=body, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError:
            raise Unavailable(seconds=5) from None
        return answer.content


def _harmless_twice(service: str, method: str, asking: Asking) -> bool:
    """Whether a request that may have been done can be sent again: reads, and keyed writes."""
    reading = ORDERS[f"{service}.{method}"].action == "read"
    return reading or bool(asking.key and asking.token)


def _headers(asking: Asking, seconds: float) -> dict[str, str]:
    known = {
        "portico-token": asking.token,
        "portico-key": asking.key,
        "portico-reference": asking.reference,
        "portico-deadline": str(int((time.time() + seconds) * 1000)),
    }
    return {name: value for name, value in known.items() if value}


def _result(reply: bytes) -> bytes:
    if reply.endswith(TAIL) and reply.startswith(HEAD):
        return reply[len(HEAD) : -len(TAIL)]
    error = orjson.loads(reply)["error"]
    kind: type[Refusal] = REGISTRY.get(error["exc_type"], ServiceFailed)
    raise kind(error["value"], **error.get("facts", {}))
