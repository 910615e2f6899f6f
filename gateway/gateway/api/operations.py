"""The JSON API: each operation is one request of the contracts at one address.

What a service answers is passed on unread. The service decides who may have it; the gateway only
finds the session behind the bearer, and refuses what comes without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, get_args, get_type_hints

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.api.problems import answered, problem
from gateway.clients.services import Asking
from gateway.routing import Audience, TooLarge
from gateway.web import House
from portico_contracts.refusal import BadRequest, NotFound, SignInNeeded
from portico_contracts.rpc import Order, order_of
from portico_kit.ids import new_id

LARGEST_BODY = 256 * 1024
WHOLE_NUMBER = re.compile(r"-?\d{1,15}", re.ASCII)
FILLED_HERE = frozenset({"address", "device"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the API. ``open`` ones need no session: the request is its own proof."""

    method: str
    path: str
    request: type[Any]
    open: bool = False
    status: int = 200

    @property
    def order(self) -> Order:
        """What the contracts say of the request."""
        return order_of(self.request)

    def route(self) -> Route:
        """The route that serves it."""

        async def answer(request: Request) -> Response:
            return await answered(partial(self._answer, request), route=self.path)

        route = Route("/api/v1" + self.path, answer, methods=[self.method])
        route.audience = Audience("anyone" if self.open else "api")  # type: ignore[attr-defined]
        route.operation = self  # type: ignore[attr-defined]
        return route

    async def _answer(self, request: Request, reference: str) -> Response:
        house: House = request.app.state.house
        token = None if self.open else await _token(request, house, reference)
        asked = await self._arguments(request)
        key = request.headers.get("idempotency-key") if self.order.action == "write" else None
        reply = await house.services.send(
            self.order.service, self.order.method, asked, Asking(token, key, reference)
        )
        return Response(reply, status_code=self.status, media_type="application/json")

    async def _arguments(self, request: Request) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.method == "GET":
            given.update(self._query(request))
        else:
            given.update(_object(await _body(request)))
        given.update(request.path_params)
        for name in FILLED_HERE & _hints(self.request).keys():
            given[name] = _about(request, name)
        return given

    def _query(self, request: Request) -> dict[str, Any]:
        hints = _hints(self.request)
        return {
            name: _typed(value, hints.get(name, str), name)
            for name, value in request.query_params.items()
        }


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """The types of a request's fields; reading them anew would cost a tenth of an answer."""
    return get_type_hints(kind)


async def _token(request: Request, house: House, reference: str) -> str:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not 20 <= len(secret) <= 100 or not secret.isascii():
        raise SignInNeeded
    who = request.headers.get("portico-acting-for", "me")[:60]
    session = await house.sessions.open(secret, who=who, reference=reference)
    return session.token


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length") or 0) > LARGEST_BODY:
        raise TooLarge
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST_BODY:
            raise TooLarge
    return bytes(received)


def _object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRequest(fields={"": ["Not JSON."]}) from None
    if not isinstance(found, dict):
        raise BadRequest(fields={"": ["An object was expected."]})
    return found


def _typed(value: str, hint: Any, name: str) -> Any:
    wanted = {hint, *get_args(hint)}
    if bool in wanted:
        return value.lower() in ("1", "true", "yes")
    if int in wanted:
        if not WHOLE_NUMBER.fullmatch(value):
            raise BadRequest(fields={name: ["Not a whole number."]})
        return int(value)
    return value.split(",") if tuple in {getattr(w, "__origin__", None) for w in wanted} else value


def _about(request: Request, name: str) -> str:
    if name == "device":
        return request.headers.get("user-agent", "")[:300]
    return request.client.host if request.client else ""


async def not_found(request: Request) -> Response:
    """Any other address under ``/api``."""
    del request
    return problem(NotFound(), reference=new_id().hex[-12:])
