"""The pages: mail and texts newest first, one mail in full, payments and their webhooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portico_ops.sandbox import callbacks
from portico_ops.sandbox.cards import ledger
from portico_ops.sandbox.mail import mailbox
from portico_ops.sandbox.office import office_of
from portico_ops.sandbox.texts import outbox
from portico_ops.sandbox.web.views import not_found, render

PAGE_SIZE = 50
REFRESH_SECONDS = 3

# What a mail's HTML may do: be read. Its links open in a tab of their own.
HTML_PART_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:"
)


async def home(request: Request) -> Response:
    """`GET /`: mail and texts together."""
    office = office_of(request)
    asked = _asked(request)
    mail = mailbox.list_mail(office.database, to=asked["to"], limit=PAGE_SIZE)
    texts = outbox.list_texts(office.database, to=asked["to"], limit=PAGE_SIZE)
    both = sorted([*mail, *texts], key=lambda item: item["received_at"], reverse=True)[:PAGE_SIZE]
    return render(request, "list.html", {**asked, "items": both, "older": None, "what": "all"})


async def mail_list(request: Request) -> Response:
    """`GET /mail`"""
    asked = _asked(request)
    mail = mailbox.list_mail(
        office_of(request).database, to=asked["to"], before=asked["before"], limit=PAGE_SIZE
    )
    view = {**asked, "items": mail, "older": _older(mail), "what": "mail"}
    return render(request, "list.html", view)


async def text_list(request: Request) -> Response:
    """`GET /texts`"""
    asked = _asked(request)
    texts = outbox.list_texts(
        office_of(request).database, to=asked["to"], before=asked["before"], limit=PAGE_SIZE
    )
    view = {**asked, "items": texts, "older": _older(texts), "what": "texts"}
    return render(request, "list.html", view)


async def mail_page(request: Request) -> Response:
    """`GET /mail/{number}`: as text, or with `?as=html` its HTML in a frame that can do nothing."""
    number = request.path_params["number"]
    mail = mailbox.read_mail(office_of(request).database, number=number)
    if mail is None:
        return not_found(request)
    wants_html = request.query_params.get("as") == "html" or mail["text"] is None
    show_html = wants_html and mail["html"] is not None
    return render(request, "mail.html", {"mail": mail, "show_html": show_html})


async def mail_html(request: Request) -> Response:
    """`GET /mail/{number}/html`: the HTML part alone, for the frame."""
    number = request.path_params["number"]
    mail = mailbox.read_mail(office_of(request).database, number=number)
    if mail is None or mail["html"] is None:
        return not_found(request)
    return HTMLResponse(
        '<base target="_blank">' + mail["html"],
        headers={"Content-Security-Policy": HTML_PART_POLICY, "Referrer-Policy": "no-referrer"},
    )


async def mail_raw(request: Request) -> Response:
    """`GET /mail/{number}/raw`: as it came over the wire."""
    number = request.path_params["number"]
    raw = mailbox.read_raw(office_of(request).database, number=number)
    return not_found(request) if raw is None else _download(raw, name=f"mail-{number}.eml")


async def attachment(request: Request) -> Response:
    """`GET /mail/{number}/attachments/{position}`"""
    found = mailbox.read_attachment(office_of(request).database, **request.path_params)
    if found is None:
        return not_found(request)
    description, content = found
    return _download(content, name=description["name"], media_type=description["type"])


async def payments(request: Request) -> Response:
    """`GET /payments`: intents newest first, each with what the portal was told."""
    office = office_of(request)
    intents = ledger.list_intents(office.database, limit=PAGE_SIZE)
    for intent in intents:
        intent["callbacks"] = callbacks.list_for(office, about=intent["id"])
        intent["dollars"] = f"${intent['amount'] / 100:,.2f}"
    return render(request, "payments.html", {**_asked(request), "intents": intents})


async def send_callback_again(request: Request) -> Response:
    """`POST /payments/callbacks/{event_id}`"""
    found = callbacks.send_again(office_of(request), event_id=request.path_params["event_id"])
    return RedirectResponse("/payments", 303) if found else not_found(request)


async def clear(request: Request) -> Response:
    """`POST /clear`: delete all mail and texts."""
    office = office_of(request)
    mailbox.clear_mail(office.database)
    outbox.clear_texts(office.database)
    return RedirectResponse("/", 303)


def _asked(request: Request) -> dict[str, Any]:
    query = request.query_params
    before = query.get("before", "")
    return {
        "to": query.get("to", "").strip() or None,
        "before": int(before) if before.isdecimal() and len(before) < 16 else None,
        "refresh": REFRESH_SECONDS if "refresh" in query else None,
    }


def _older(items: list[dict[str, Any]]) -> int | None:
    return items[-1]["id"] if len(items) == PAGE_SIZE else None


def _download(
    content: bytes, *, name: str, media_type: str = "application/octet-stream"
) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        },
    )
