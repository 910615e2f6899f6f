"""The same mail and texts as JSON, for tests: newest first, and able to wait for the next."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portico_ops.sandbox import sends
from portico_ops.sandbox.mail import mailbox
from portico_ops.sandbox.office import office_of
from portico_ops.sandbox.texts import outbox
from portico_ops.sandbox.troubles import UnknownTrouble

LONGEST_WAIT = 30.0  # seconds
MOST_ITEMS = 500


async def list_mail(request: Request) -> Response:
    """`GET /api/mail?to=&after=&limit=&wait=`: mail in full; waits up to `wait` seconds for one."""
    office = office_of(request)
    asked = _asked(request)
    summaries = await office.arrivals.wait_for(
        lambda: mailbox.list_mail(office.database, **asked), seconds=_wait(request)
    )
    read = (mailbox.read_mail(office.database, number=mail["id"]) for mail in summaries)
    return JSONResponse({"items": [_with_links(mail) for mail in read if mail]})


async def read_mail(request: Request) -> Response:
    """`GET /api/mail/{number}`"""
    number = request.path_params["number"]
    mail = mailbox.read_mail(office_of(request).database, number=number)
    if mail is None:
        raise HTTPException(404, "No such mail.")
    return JSONResponse(_with_links(mail))


async def list_texts(request: Request) -> Response:
    """`GET /api/texts?to=&after=&limit=&wait=`"""
    office = office_of(request)
    asked = _asked(request)
    texts = await office.arrivals.wait_for(
        lambda: outbox.list_texts(office.database, **asked), seconds=_wait(request)
    )
    return JSONResponse({"items": texts})


async def clear_mail(request: Request) -> Response:
    """`DELETE /api/mail?to=`"""
    to = request.query_params.get("to")
    return JSONResponse({"deleted": mailbox.clear_mail(office_of(request).database, to=to)})


async def clear_texts(request: Request) -> Response:
    """`DELETE /api/texts?to=`"""
    to = request.query_params.get("to")
    return JSONResponse({"deleted": outbox.clear_texts(office_of(request).database, to=to)})


async def list_sends(request: Request) -> Response:
    """`GET /api/sends?channel=&reference=&to=&after=&limit=`: every attempt, oldest first."""
    query = request.query_params
    found = sends.list_sends(
        office_of(request).database,
        channel=query.get("channel"),
        reference=query.get("reference"),
        to=query.get("to"),
        after=_number(request, "after", None),
        limit=min(_number(request, "limit", MOST_ITEMS) or MOST_ITEMS, MOST_ITEMS),
    )
    return JSONResponse({"items": found})


async def list_troubles(request: Request) -> Response:
    """`GET /api/troubles`: what goes wrong now, and what can."""
    return JSONResponse(office_of(request).troubles.told())


async def begin_trouble(request: Request) -> Response:
    """`PUT /api/troubles/{place}` with `{"name": "450", "times": 3, "seconds": 60}`."""
    troubles = office_of(request).troubles
    try:
        wanted = await request.json()
        if not isinstance(wanted, dict):
            raise UnknownTrouble("Say it as a JSON object.")
        troubles.begin(request.path_params["place"], wanted)
    except (ValueError, TypeError, UnknownTrouble) as error:
        raise HTTPException(400, str(error)) from error
    return JSONResponse(troubles.told())


async def end_troubles(request: Request) -> Response:
    """`DELETE /api/troubles`: all is well again."""
    office_of(request).troubles.end()
    return JSONResponse(office_of(request).troubles.told())


def _asked(request: Request) -> dict[str, Any]:
    return {
        "to": request.query_params.get("to"),
        "after": _number(request, "after", None),
        "limit": min(_number(request, "limit", 50) or 50, MOST_ITEMS),
    }


def _wait(request: Request) -> float:
    return min(float(_number(request, "wait", 0) or 0), LONGEST_WAIT)


def _number(request: Request, name: str, default: int | None) -> int | None:
    value = request.query_params.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 16):
        raise HTTPException(400, f"`{name}` must be a whole number.")
    return int(value)


def _with_links(mail: dict[str, Any]) -> dict[str, Any]:
    for part in mail["attachments"]:
        part["url"] = f"/mail/{mail['id']}/attachments/{part['position']}"
    return mail
