"""The SMS provider: Twilio's Messages resource, as far as the portal uses it.

Numbers that Twilio sets aside for tests refuse here too: +15005550001 (not a number),
+15005550004 (has said STOP), +15005550009 (cannot take texts). One more is ours:
+15005550030 takes the text and never gets it (undelivered, 30003).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portico_ops.sandbox import callbacks, sends
from portico_ops.sandbox.forms import read_form
from portico_ops.sandbox.office import Office, office_of
from portico_ops.sandbox.texts import outbox
from portico_ops.sandbox.troubles import LONGEST, Trouble

LONGEST_BODY = 1600  # characters, as Twilio's
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
REFUSED_NUMBERS = {
    "+15005550001": (21211, "is not a valid phone number."),
    "+15005550004": (21610, "has been unsubscribed: attempt to send to unsubscribed recipient."),
    "+15005550009": (21614, "is not a mobile number."),
}
NEVER_ARRIVES = "+15005550030"
UNREACHABLE = 30003
SLOW = ("hang", "keep_and_hang", "late")
FAILURES = ("429", "500", "503")


class TextRefused(Exception):
    """A request that Twilio would refuse, with its code."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


async def send_message(request: Request) -> Response:
    """`POST /2010-04-01/Accounts/{account}/Messages.json`"""
    office = office_of(request)
    try:
        _check_account(request, office)
        form = dict(await read_form(request))
        _check_form(form)
    except TextRefused as refusal:
        return _refuse(refusal)
    token = request.headers.get("i-twilio-idempotency-token")
    trouble = office.troubles.strike("texts")
    _note(office, token, form["To"], trouble.name if trouble else "kept")
    text = _invented(request, form) if trouble and not trouble.keeps else None
    if text is None:
        text = _keep(office, request, form, token)
    if trouble:
        await asyncio.sleep(trouble.seconds if trouble.name in SLOW else 0)
        if trouble.name in FAILURES:
            return _fail(trouble)
    # The reply tells the state at acceptance, as Twilio's does: delivery comes by callback.
    return JSONResponse(_shape({**text, "status": "queued", "error_code": None}), 201)


def _keep(
    office: Office, request: Request, form: dict[str, str], token: str | None
) -> dict[str, Any]:
    text, is_new = outbox.keep_text(
        office.database,
        account=request.path_params["account"],
        sender=form.get("From") or form.get("MessagingServiceSid", ""),
        recipient=form["To"],
        body=form["Body"],
        token=token,
        newest_kept=office.settings.newest_kept,
        now=datetime.now(UTC),
    )
    if is_new:
        _deliver(office, text, callback_url=form.get("StatusCallback"))
    return text


def _invented(request: Request, form: dict[str, str]) -> dict[str, Any]:
    """What is said of a text that is not kept."""
    return {
        "sid": "SM" + secrets.token_hex(16),
        "account": request.path_params["account"],
        "sender": form.get("From") or form.get("MessagingServiceSid", ""),
        "recipient": form["To"],
        "body": form["Body"],
        "received_at": datetime.now(UTC).isoformat(),
    }


def _fail(trouble: Trouble) -> Response:
    status = int(trouble.name)
    wait = {"Retry-After": str(round(trouble.seconds))} if trouble.seconds < LONGEST else None
    if status == 500:
        return Response("Internal error", 500)
    body = {"code": 20429 if status == 429 else 20503, "status": status, "message": "Not now"}
    return JSONResponse(body, status, headers=wait)


def _note(office: Office, token: str | None, recipient: str, outcome: str) -> None:
    sends.note(
        office.database, channel="text", reference=token, recipient=recipient, outcome=outcome
    )


async def fetch_message(request: Request) -> Response:
    """`GET /2010-04-01/Accounts/{account}/Messages/{sid}.json`"""
    office = office_of(request)
    try:
        _check_account(request, office)
    except TextRefused as refusal:
        return _refuse(refusal)
    text = outbox.read_text(office.database, sid=request.path_params["sid"])
    if text is None:
        return _refuse(TextRefused(20404, "The requested resource was not found", status=404))
    return JSONResponse(_shape(text))


def _check_account(request: Request, office: Office) -> None:
    user, _, password = _basic_credentials(request).partition(":")
    expected = office.settings.sms_account
    accepted = secrets.compare_digest(user.encode(), expected.encode()) and secrets.compare_digest(
        password.encode(), office.settings.sms_token.encode()
    )
    if not accepted or request.path_params["account"] != expected:
        raise TextRefused(20003, "Authenticate", status=401)


def _basic_credentials(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _check_form(form: dict[str, str]) -> None:
    recipient = form.get("To", "")
    if not recipient:
        raise TextRefused(21604, "A 'To' phone number is required.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise TextRefused(21603, "A 'From' phone number is required.")
    if not form.get("Body"):
        raise TextRefused(21602, "Message body is required.")
    if len(form["Body"]) > LONGEST_BODY:
        raise TextRefused(21617, "The concatenated message body exceeds the 1600 character limit.")
    if not NUMBER.fullmatch(recipient):
        raise TextRefused(21211, "The 'To' number is not a valid phone number.")
    if recipient in REFUSED_NUMBERS:
        code, why = REFUSED_NUMBERS[recipient]
        raise TextRefused(code, f"The 'To' number {why}")


def _deliver(office: Office, text: dict[str, Any], *, callback_url: str | None) -> None:
    fails = text["recipient"] == NEVER_ARRIVES
    status, error = ("undelivered", UNREACHABLE) if fails else ("delivered", None)
    outbox.set_status(office.database, sid=text["sid"], status=status, error_code=error)
    office.arrivals.ring()
    if callback_url and callback_url.startswith(("http://", "https://")):
        _report(office, text, [("sent", None), (status, error)], url=callback_url)


def _report(
    office: Office, text: dict[str, Any], steps: list[tuple[str, int | None]], *, url: str
) -> None:
    trouble = office.troubles.strike("reports")
    name = trouble.name if trouble else ""
    if name == "none":
        return
    if name == "forged":
        # Somebody else says that it failed, and cannot sign it.
        callbacks.plan_sms_status(
            office, text=text, status="failed", error_code=UNREACHABLE, url=url, forged=True
        )
    steps = {"backwards": steps[::-1], "doubled": steps * 2}.get(name, steps)
    delay = trouble.seconds if trouble and name == "late" else 0.0
    for step, code in steps:
        callbacks.plan_sms_status(
            office, text=text, status=step, error_code=code, url=url, delay=delay
        )


def _shape(text: dict[str, Any]) -> dict[str, Any]:
    stamp = format_datetime(datetime.fromisoformat(text["received_at"]))
    return {
        "account_sid": text["account"],
        "api_version": "2010-04-01",
        "body": text["body"],
        "date_created": stamp,
        "date_sent": None if text["status"] == "queued" else stamp,
        "date_updated": stamp,
        "direction": "outbound-api",
        "error_code": text["error_code"],
        "error_message": "Unreachable destination handset" if text["error_code"] else None,
        "from": text["sender"],
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(_segments(text["body"])),
        "price": None,
        "price_unit": "USD",
        "sid": text["sid"],
        "status": text["status"],
        "to": text["recipient"],
        "uri": f"/2010-04-01/Accounts/{text['account']}/Messages/{text['sid']}.json",
    }


def _segments(body: str) -> int:
    """How many texts the body takes: 160 characters, or 70 once it leaves the plain alphabet."""
    one, more = (160, 153) if body.isascii() else (70, 67)
    return 1 if len(body) <= one else -(-len(body) // more)


def _refuse(refusal: TextRefused) -> Response:
    return JSONResponse(
        {
            "code": refusal.code,
            "message": refusal.message,
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
            "status": refusal.status,
        },
        refusal.status,
        headers={"WWW-Authenticate": 'Basic realm="Sandbox"'} if refusal.status == 401 else None,
    )
