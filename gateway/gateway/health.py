"""The gateway's own health: /live, /ready, /metrics."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.routing import ANYONE
from gateway.web import House


async def live(_request: Request) -> Response:
    """The loop turns."""
    return JSONResponse({"ok": True})


async def ready(request: Request) -> Response:
    """The broker takes requests, or the services' own addresses are known; and we stay."""
    house: House = request.app.state.house
    broker = house.services.broker.takes_requests
    accepting = not request.app.state.leaving.asked
    good = accepting and (broker or bool(house.config.direct))
    state = {"ok": good, "broker": broker, "accepting": accepting}
    return JSONResponse(state, status_code=200 if good else 503)


async def metrics(_request: Request) -> Response:
    """For Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


ROUTES = [Route("/live", live), Route("/ready", ready), Route("/metrics", metrics)]
for _each in ROUTES:
    _each.audience = ANYONE  # type: ignore[attr-defined]
