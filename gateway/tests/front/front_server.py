"""Serves the samples as the gateway serves its pages: same static files, same headers."""

from __future__ import annotations

from typing import Any

from front_samples import SAMPLES
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from gateway import assets
from gateway.headers import SecurityHeaders


async def sample(request: Request) -> Response:
    found = SAMPLES.get(request.path_params["name"])
    if found is None:
        return PlainTextResponse("not found", 404)
    return HTMLResponse(found.html(request.path_params["lang"]))


async def quiet(_request: Request) -> Response:
    """A stream that has nothing to say, for the live parts."""
    return Response(": nothing\n\n", media_type="text/event-stream")


async def worker(_request: Request) -> Response:
    body = assets.load().by_name["js/sw.js"].plain
    return Response(body, media_type="text/javascript", headers={"cache-control": "no-cache"})


def application() -> Any:
    routes = [
        Route("/s/{lang}/{name}", sample),
        Mount("/static", assets.load()),
        Route("/sw.js", worker),
        Route("/{rest:path}", quiet, methods=["GET", "POST"]),
    ]
    return SecurityHeaders(Starlette(routes=routes), secure=False)
