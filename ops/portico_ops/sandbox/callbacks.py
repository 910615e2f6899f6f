"""Calls from the sandbox back to the portal: signed, kept, retried a bounded number of times.

Sources: Stripe's "Verify webhook signatures manually" and Twilio's "Validating requests".
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import structlog

from portico_ops.sandbox.office import Office

log = structlog.get_logger(__name__)

# Seconds before each try. After the last one the callback rests until someone sends it again.
TRIES_AFTER = (0, 1, 2, 5, 10, 30, 60, 120, 300, 600)
TIMEOUT = 10.0  # seconds
MOST_AT_ONCE = 8
FINISHED_KEPT = 5000

# The first waiting callback of each subject, so that one subject's news keep their order.
HEADS = """from callback as c where state = 'waiting' and not exists (
    select 1 from callback as earlier where earlier.about = c.about
    and earlier.state = 'waiting' and earlier.rowid < c.rowid)"""


def sign_for_card(*, secret: str, payload: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over `timestamp.payload`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"


def sign_for_sms(*, token: str, url: str, fields: dict[str, str]) -> str:
    """The `X-Twilio-Signature` header: HMAC-SHA1 over the address and the sorted fields."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def plan_card_event(office: Office, *, name: str, about: str, about_object: dict[str, Any]) -> None:
    """Plan a card event. Call it inside the transaction that made it true."""
    event_id = "evt_" + secrets.token_hex(12)
    event = {
        "id": event_id,
        "object": "event",
        "api_version": "2024-06-20",
        "created": int(time.time()),
        "data": {"object": about_object},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": name,
    }
    body = json.dumps(event, separators=(",", ":"))
    _plan(
        office,
        event_id=event_id,
        kind="card",
        about=about,
        name=name,
        body=body,
        url=office.settings.card_webhook_url,
    )


def plan_sms_status(
    office: Office,
    *,
    text: dict[str, Any],
    status: str,
    error_code: int | None,
    url: str,
    delay: float = 0.0,
    forged: bool = False,
) -> None:
    """Plan the status call for one text, after `delay` seconds; a forged one is signed wrongly."""
    fields = {
        "AccountSid": text["account"],
        "ApiVersion": "2010-04-01",
        "From": text["sender"],
        "MessageSid": text["sid"],
        "MessageStatus": status,
        "SmsSid": text["sid"],
        "SmsStatus": status,
        "To": text["recipient"],
    }
    if error_code:
        fields["ErrorCode"] = str(error_code)
    with office.database:
        _plan(
            office,
            event_id="cb_" + secrets.token_hex(12),
            kind="forged" if forged else "sms",
            # What is refused is tried again: it must not hold up what is true.
            about=text["sid"] + ("-forged" if forged else ""),
            name=status,
            body=urlencode(fields),
            url=url,
            next_at=time.time() + delay if delay else 0.0,
        )
    office.callbacks_planned.ring()


def list_for(office: Office, *, about: str) -> list[dict[str, Any]]:
    """The callbacks about one payment or text, oldest first."""
    rows = office.database.execute(
        """select id, name, state, attempts, last_answer from callback
           where about = ? order by rowid""",
        (about,),
    )
    return [dict(row) for row in rows]


def send_again(office: Office, *, event_id: str) -> bool:
    """Start a callback's tries anew; False when there is none such."""
    with office.database:
        found = office.database.execute(
            "update callback set state = 'waiting', attempts = 0, next_at = ? where id = ?",
            (time.time(), event_id),
        ).rowcount
    office.callbacks_planned.ring()
    return found == 1


async def deliver_forever(office: Office) -> None:
    """Send what is due, then rest until the next is due or a new one is planned."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
        while True:
            due = await office.callbacks_planned.wait_for(
                lambda: _due(office), seconds=_seconds_to_next(office)
            )
            await asyncio.gather(*(_try_once(office, client, callback) for callback in due))


def _plan(
    office: Office,
    *,
    event_id: str,
    kind: str,
    about: str,
    name: str,
    body: str,
    url: str,
    next_at: float = 0.0,
) -> None:
    office.database.execute(
        """insert into callback (id, kind, about, name, url, body, next_at)
           values (?, ?, ?, ?, ?, ?, ?)""",
        (event_id, kind, about, name, url, body, next_at),
    )
    office.database.execute(
        "delete from callback where state <> 'waiting' and rowid <= (select max(rowid) from "
        "callback) - ?",
        (FINISHED_KEPT,),
    )


def _due(office: Office) -> list[dict[str, Any]]:
    rows = office.database.execute(
        f"select * {HEADS} and next_at <= ? order by rowid limit ?",
        (time.time(), MOST_AT_ONCE),
    )
    return [dict(row) for row in rows]


def _seconds_to_next(office: Office) -> float:
    (next_at,) = office.database.execute(f"select min(next_at) {HEADS}").fetchone()
    return 3600.0 if next_at is None else max(0.01, next_at - time.time())


async def _try_once(office: Office, client: httpx.AsyncClient, callback: dict[str, Any]) -> None:
    try:
        reply = await client.post(
            callback["url"], content=callback["body"], headers=_headers(office, callback)
        )
        answer, taken = str(reply.status_code), reply.is_success
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        answer, taken = type(error).__name__, False
    _note_answer(office, callback, answer=answer, taken=taken)


def _headers(office: Office, callback: dict[str, Any]) -> dict[str, str]:
    if callback["kind"] == "card":
        signature = sign_for_card(
            secret=office.settings.card_webhook_secret,
            payload=callback["body"],
            timestamp=int(time.time()),
        )
        return {"Stripe-Signature": signature, "Content-Type": "application/json; charset=utf-8"}
    fields = dict(parse_qsl(callback["body"], keep_blank_values=True))
    token = "not the secret" if callback["kind"] == "forged" else office.settings.sms_token
    signature = sign_for_sms(token=token, url=callback["url"], fields=fields)
    return {
        "X-Twilio-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def _note_answer(office: Office, callback: dict[str, Any], *, answer: str, taken: bool) -> None:
    attempts = callback["attempts"] + 1
    exhausted = attempts >= len(TRIES_AFTER)
    state = "taken" if taken else "given_up" if exhausted else "waiting"
    next_at = time.time() + TRIES_AFTER[min(attempts, len(TRIES_AFTER) - 1)]
    with office.database:
        # Someone may have asked for it again while it was under way: then it goes once more.
        office.database.execute(
            "update callback set state = ?, attempts = ?, next_at = ?, last_answer = ? "
            "where id = ? and next_at = ?",
            (state, attempts, next_at, answer, callback["id"], callback["next_at"]),
        )
    if not taken:
        log.warning("callback.refused", callback_id=callback["id"], answer=answer, state=state)
