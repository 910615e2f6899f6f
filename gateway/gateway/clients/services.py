"""Asking a service: a request of the contracts in, its plain reply or its typed refusal out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.config import Config
from portico_contracts.refusal import REGISTRY, Refusal, ServiceFailed, Unavailable
from portico_contracts.rpc import REGISTRY as ORDERS
from portico_contracts.rpc import order_of
from portico_contracts.schema import dump
from portico_kit.clock import now
from portico_kit.logs import log

from .broker import Away, Broker, Lost
from .direct import DirectRoad, NoAnswer, NobodyThere

SECONDS = 8.0
DOUBT = 10.0  # seconds for which a service that was silent by the broker is asked directly
TAIL = b',"error":null}'
HEAD = b'{"result":'


@dataclass(frozen=True, slots=True)
class Asking:
    """On whose word a request is made: token, idempotency key, and a reference for the logs."""

    token: str | None = None
    key: str | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A request on its way, by whichever road, and when nobody waits for its answer any more."""

    service: str
    method: str
    body: bytes
    headers: dict[str, str]
    until: float
    harmless_twice: bool

    @property
    def seconds_left(self) -> float:
        """What is left of its time."""
        return self.until - asyncio.get_running_loop().time()


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
        self._direct = DirectRoad(config.direct)
        self._doubted_until: dict[str, float] = {}

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
        question = Question(
            service,
            method,
            orjson.dumps({"args": [], "kwargs": arguments}),
            _headers(asking, seconds),
            asyncio.get_running_loop().time() + seconds,
            _harmless_twice(service, method, asking),
        )
        try:
            return _result(await self._by_either_road(question))
        except TimeoutError:
            log.warning("service.silent", method=method, reference=asking.reference)
            raise Unavailable(seconds=5) from None

    async def close(self) -> None:
        """Leave broker and services."""
        self.broker.stop()
        await self._direct.close()

    async def _by_either_road(self, question: Question) -> bytes:
        """The reply by the broker; by the direct road where that is closed. Raises TimeoutError."""
        if self._doubted_until.get(question.service, 0) > asyncio.get_running_loop().time():
            return await self._ask_directly(question)
        try:
            return await self._ask_by_broker(question)
        except Away:
            return await self._ask_directly(question)
        except Lost:
            if not question.harmless_twice:
                raise Unavailable(seconds=5) from None
            return await self._ask_directly(question)

    async def _ask_by_broker(self, question: Question) -> bytes:
        try:
            return await self.broker.call(
                question.service,
                question.method,
                question.body,
                question.headers,
                seconds=question.seconds_left,
                twice=question.harmless_twice and question.service in self._direct,
            )
        except TimeoutError:
            # The broker lives, but the service may not hear it: the next ones need not find out.
            if question.service in self._direct:
                self._doubted_until[question.service] = asyncio.get_running_loop().time() + DOUBT
            raise

    async def _ask_directly(self, question: Question) -> bytes:
        try:
            async with asyncio.timeout(question.seconds_left):
                return await self._direct.ask(
                    question.service,
                    question.method,
                    question.body,
                    question.headers,
                    harmless_twice=question.harmless_twice,
                )
        except (NobodyThere, NoAnswer) as problem:
            log.warning("service.not_reached", method=question.method, error=type(problem).__name__)
            raise Unavailable(seconds=5) from None


def _harmless_twice(service: str, method: str, asking: Asking) -> bool:
    """Whether a request that may have been done can be sent again: reads, and keyed writes."""
    reading = ORDERS[f"{service}.{method}"].action == "read"
    return reading or bool(asking.key and asking.token)


def _headers(asking: Asking, seconds: float) -> dict[str, str]:
    known = {
        "portico-token": asking.token,
        "portico-key": asking.key,
        "portico-reference": asking.reference,
        "portico-deadline": str(int((now().timestamp() + seconds) * 1000)),
    }
    return {name: value for name, value in known.items() if value}


def _result(reply: bytes) -> bytes:
    if reply.endswith(TAIL) and reply.startswith(HEAD):
        return reply[len(HEAD) : -len(TAIL)]
    error = orjson.loads(reply)["error"]
    kind: type[Refusal] = REGISTRY.get(error["exc_type"], ServiceFailed)
    raise kind(error["value"], **error.get("facts", {}))
