"""The sandbox as one ASGI application: its routes in one list, and what runs beside them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from portico_ops.sandbox import callbacks, sends
from portico_ops.sandbox.arrivals import Arrivals
from portico_ops.sandbox.cards import api as cards
from portico_ops.sandbox.cards import page as pay_page
from portico_ops.sandbox.database import open_database
from portico_ops.sandbox.mail.sink import MailSink, start_smtp
from portico_ops.sandbox.office import Office, office_of
from portico_ops.sandbox.settings import Settings
from portico_ops.sandbox.texts import api as texts
from portico_ops.sandbox.web import json_api, pages
from portico_ops.sandbox.web.views import HERE, not_found

TWILIO = "/2010-04-01/Accounts/{account}"
STRIPE = "/v1/payment_intents"


async def live(request: Request) -> Response:
    """`GET /live`, `GET /ready`: the database answers, and mail is being taken."""
    office_of(request).database.execute("select 1")
    return JSONResponse({"status": "ok"})


ROUTES = [
    Route("/", pages.home),
    Route("/mail", pages.mail_list),
    Route("/mail/{number:int}", pages.mail_page),
    Route("/mail/{number:int}/html", pages.mail_html),
    Route("/mail/{number:int}/raw", pages.mail_raw),
    Route("/mail/{number:int}/attachments/{position:int}", pages.attachment),
    Route("/texts", pages.text_list),
    Route("/payments", pages.payments),
    Route("/payments/callbacks/{event_id}", pages.send_callback_again, methods=["POST"]),
    Route("/clear", pages.clear, methods=["POST"]),
    Route("/pay/{number}", pay_page.show, methods=["GET"]),
    Route("/pay/{number}", pay_page.pay, methods=["POST"]),
    Route("/pay/{number}/bank", pay_page.answer_bank, methods=["POST"]),
    Route("/api/mail", json_api.list_mail, methods=["GET"]),
    Route("/api/mail", json_api.clear_mail, methods=["DELETE"]),
    Route("/api/mail/{number:int}", json_api.read_mail),
    Route("/api/texts", json_api.list_texts, methods=["GET"]),
    Route("/api/texts", json_api.clear_texts, methods=["DELETE"]),
    Route("/api/sends", json_api.list_sends, methods=["GET"]),
    Route("/api/troubles", json_api.list_troubles, methods=["GET"]),
    Route("/api/troubles", json_api.end_troubles, methods=["DELETE"]),
    Route("/api/troubles/{place}", json_api.begin_trouble, methods=["PUT"]),
    Route(f"{TWILIO}/Messages.json", texts.send_message, methods=["POST"]),
    Route(f"{TWILIO}/Messages/{{sid}}.json", texts.fetch_message),
    Route(STRIPE, cards.endpoint(cards.create_intent), methods=["POST"]),
    Route(STRIPE, cards.endpoint(cards.list_intents), methods=["GET"]),
    Route(f"{STRIPE}/{{number}}", cards.endpoint(cards.fetch_intent), methods=["GET"]),
    Route(f"{STRIPE}/{{number}}/confirm", cards.endpoint(cards.confirm_intent), methods=["POST"]),
    Route(f"{STRIPE}/{{number}}/cancel", cards.endpoint(cards.cancel_intent), methods=["POST"]),
    Route("/v1/refunds", cards.endpoint(cards.create_refund), methods=["POST"]),
    Route("/v1/refunds/{number}", cards.endpoint(cards.fetch_refund), methods=["GET"]),
    Route("/live", live),
    Route("/ready", live),
    Mount("/static", StaticFiles(directory=HERE / "static")),
]


def create(settings: Settings) -> Starlette:
    """The application; mail and callbacks start and stop with it."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        office = _open_office(settings)
        app.state.office = office
        sink = MailSink(
            database=office.database,
            arrivals=office.arrivals,
            newest_kept=settings.newest_kept,
            troubles=office.troubles,
        )
        smtp = await start_smtp(sink, host=settings.host, port=settings.smtp_port)
        deliveries = asyncio.create_task(callbacks.deliver_forever(office))
        try:
            yield
        finally:
            await _stop(smtp, deliveries)
            office.database.close()

    return Starlette(routes=ROUTES, lifespan=lifespan, exception_handlers={HTTPException: _explain})


def _open_office(settings: Settings) -> Office:
    database = open_database(settings.directory / "sandbox.sqlite")
    sends.prepare(database)
    return Office(
        settings=settings,
        database=database,
        arrivals=Arrivals(),
        callbacks_planned=Arrivals(),
    )


async def _stop(smtp: asyncio.Server, deliveries: asyncio.Task[None]) -> None:
    smtp.close()
    deliveries.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await deliveries


def _explain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
        return not_found(request)
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)
