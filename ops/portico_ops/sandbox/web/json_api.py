"""The same mail and texts as JSON, for tests: newest first, and able to wait for the next."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portico_ops.sandbox.mail import mailbox
from portico_ops.sandbox.office import office_of
from portico_ops.sandbox.texts import outbox

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
