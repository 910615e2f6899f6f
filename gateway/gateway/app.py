"""The ASGI application: every route in one list.

``uvicorn --factory gateway.app:create``
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from gateway import assets, config, health, webhooks
from gateway.api import openapi
from gateway.api.operations import not_found
from gateway.api.table import OPERATIONS
from gateway.clients import Services
from gateway.headers import SecurityHeaders
from gateway.leaving import LastAnswers, Leaving
from gateway.live import Live
from gateway.sessions import Cookies, Sessions
from gateway.web import House, Visitor, know_visitor
from portico_contracts.catalogue import promises
from portico_kit import logs


class Who(Convertor[str]):
    """Whose record: ``me``, or the opaque id of a family access."""

    regex = r"me|for/[a-z0-9]{4,20}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("who", Who())


def routes() -> list[BaseRoute]:
    """Every route there is."""
    from gateway.pages import PAGES

    described = Route("/api/v1/openapi.json", openapi.serve)
    worker = Route("/sw.js", _service_worker)
    lost = Route("/api/{rest:path}", not_found, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    return [
        *health.ROUTES,
        *webhooks.ROUTES,
        described,
        worker,
        *(operation.route() for operation in OPERATIONS),
        lost,
        Mount("/static", assets.load()),
        *PAGES,
    ]


async def _service_worker(_request: Request) -> Response:
    """The service worker keeps its name and is asked for anew: it decides over the whole site."""
    asset = assets.load().by_name["js/sw.js"]
    return Response(asset.plain, media_type=asset.media_type, headers={"Cache-Control": "no-cache"})


def create(settings: config.Config | None = None) -> Starlette:
    """The application. Raises SettingsMissing."""
    known = settings or config.read()
    logs.configure("gateway")
    promises()  # every contract registers its events and refusals
    leaving = Leaving()
    return Starlette(
        routes=routes(),
        middleware=[
            Middleware(LastAnswers, leaving=leaving),
            Middleware(SecurityHeaders, secure=known.secure),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=5),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=_lifespan(known, leaving),
    )


def _lifespan(settings: config.Config, leaving: Leaving):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        live = Live()
        services = Services(settings, heard=live.heard, listening=live.begin_anew)
        sessions = Sessions(services)
        live.sessions = sessions
        app.state.house = House(settings, services, sessions, Cookies(secure=settings.secure))
        app.state.live, app.state.leaving = live, leaving
        leaving.expect(end_streams=live.end)
        services.broker.start()
        yield
        await services.close()

    return lifespan


async def _http_error(request: Request, problem: Exception) -> Response:
    """Addresses that lead nowhere, and methods that a page does not take."""
    assert isinstance(problem, HTTPException)
    visitor = Visitor(request.app.state.house, request)
    know_visitor(visitor)
    return visitor.error(problem.status_code)
