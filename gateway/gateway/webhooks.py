"""What providers tell us: the raw body goes to the service, which checks the signature."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.api.problems import answered
from gateway.clients.services import Asking
from gateway.routing import ANYONE, TooLarge
from gateway.web import House
from portico_contracts.billing import RecordCardEvent
from portico_contracts.notifications import RecordTextStatus
from portico_contracts.refusal import BadRequest

LARGEST = 64_000


async def card(request: Request) -> Response:
    """The card processor says how a payment ended."""
    signature = request.headers.get("stripe-signature", "")
    return await _pass_on(request, lambda body: RecordCardEvent(payload=body, signature=signature))


async def text(request: Request) -> Response:
    """The text provider says how a message fared."""
    house: House = request.app.state.house
    signature = request.headers.get("x-twilio-signature", "")[:200]
    url = house.config.public_url + request.url.path
    url += f"?{request.url.query}" if request.url.query else ""
    return await _pass_on(
        request,
        lambda body: RecordTextStatus(payload=body, signature=signature, url=url[:2000]),
    )


async def _pass_on(request: Request, made: Any) -> Response:
    house: House = request.app.state.house

    async def passed_on(reference: str) -> Response:
        body = await _body(request)
        await house.services.ask(made(body), Asking(reference=reference))
        return JSONResponse({"received": True})

    return await answered(passed_on, route=request.url.path)


async def _body(request: Request) -> str:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > LARGEST:
            raise TooLarge
    try:
        return received.decode()
    except UnicodeDecodeError:
        raise BadRequest("not UTF-8") from None


def _route(path: str, handler: Any) -> Route:
    route = Route(path, handler, methods=["POST"])
    route.audience = ANYONE  # type: ignore[attr-defined]
    return route


ROUTES = [_route("/webhooks/card", card), _route("/webhooks/text", text)]
