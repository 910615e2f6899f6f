"""The card processor's HTTP API: Stripe's payment intents and refunds, as far as they go here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portico_ops.sandbox import callbacks
from portico_ops.sandbox.cards import fields, intents, ledger, register
from portico_ops.sandbox.cards.intents import CardRefusal, Intent
from portico_ops.sandbox.forms import nest, read_form
from portico_ops.sandbox.office import Office, office_of

Form = dict[str, Any]
Work = Callable[[Office, Request, Form], dict[str, Any]]


def endpoint(work: Work) -> Callable[[Request], Awaitable[Response]]:
    """Wrap `work` in authentication, idempotency and Stripe's way to put errors."""

    async def answer(request: Request) -> Response:
        office = office_of(request)
        try:
            _check_key(request, office)
            pairs = await read_form(request) if request.method == "POST" else []
            return _do_once(office, request, work, pairs)
        except CardRefusal as refusal:
            return _reply(refusal.status, {"error": refusal.error})
        except HTTPException as error:
            problem = {"message": error.detail, "type": "invalid_request_error"}
            return _reply(error.status_code, {"error": problem})

    return answer


def _do_once(
    office: Office, request: Request, work: Work, pairs: list[tuple[str, str]]
) -> Response:
    """Repeat the first answer for a known key. Nothing here awaits, so no two can be in flight."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    fingerprint = _fingerprint(request, pairs)
    if key:
        known = ledger.find_answer(office.database, key=key, fingerprint=fingerprint)
        if known:
            return _reply(*known, {"Idempotent-Replayed": "true"})
    # One transaction for the change, its webhook and its first answer.
    with office.database:
        status, body = _answer(office, request, work, nest(pairs))
        if key:
            ledger.keep_answer(
                office.database, key=key, fingerprint=fingerprint, status=status, body=body
            )
    office.callbacks_planned.ring()
    return _reply(status, body)


def _answer(office: Office, request: Request, work: Work, form: Form) -> tuple[int, dict[str, Any]]:
    try:
        return 200, work(office, request, form)
    except CardRefusal as refusal:
        if refusal.status != 402:
            raise  # Stripe keeps no answer for a request that never ran.
        return 402, {"error": refusal.error}


def create_intent(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`POST /v1/payment_intents`"""
    del request
    fields.check_create(form)
    intent = intents.new_intent(
        amount=fields.amount(form),
        currency=fields.currency(form),
        fields=form,
        created=int(time.time()),
    )
    ledger.keep_intent(office.database, intent, return_url=fields.return_url(form))
    if form.get("confirm") == "true":
        return _confirm(office, intent, form)
    return intent


def fetch_intent(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`GET /v1/payment_intents/{id}`"""
    del form
    wanted = request.query_params.getlist("expand[]")
    intent = ledger.find_intent(office.database, number=request.path_params["number"])
    if not wanted:
        return intent
    fields.check_expand(wanted)
    with_balance = "latest_charge.balance_transaction" in wanted
    return intents.expand_charge(intent, with_balance=with_balance)


def list_intents(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`GET /v1/payment_intents`"""
    del form
    limit, since, after = fields.check_list(request.query_params)
    found = ledger.page_of_intents(office.database, since=since, after=after, limit=limit + 1)
    return {
        "object": "list",
        "url": "/v1/payment_intents",
        "has_more": len(found) > limit,
        "data": found[:limit],
    }


def confirm_intent(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`POST /v1/payment_intents/{id}/confirm`"""
    fields.check_confirm(form)
    intent = ledger.find_intent(office.database, number=request.path_params["number"])
    return _confirm(office, intent, form)


def cancel_intent(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`POST /v1/payment_intents/{id}/cancel`"""
    fields.check_cancel(form)
    intent = ledger.find_intent(office.database, number=request.path_params["number"])
    canceled = intents.cancel(intent, reason=form.get("cancellation_reason"), now=int(time.time()))
    return register.settle(office, canceled, event="canceled")


def create_refund(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`POST /v1/refunds`"""
    del request
    fields.check_refund(form)
    intent = ledger.find_intent(office.database, number=form["payment_intent"])
    before = ledger.refunded_so_far(office.database, number=intent["id"])
    refund = intents.new_refund(
        intent,
        amount=fields.refund_amount(form, intent=intent, refunded=before),
        reason=form.get("reason"),
        metadata=form.get("metadata", {}),
        created=int(time.time()),
    )
    ledger.keep_refund(office.database, refund)
    charge = intents.charge_after_refund(intent, refunded=before + refund["amount"])
    callbacks.plan_card_event(
        office, name="charge.refunded", about=intent["id"], about_object=charge
    )
    return refund


def fetch_refund(office: Office, request: Request, form: Form) -> dict[str, Any]:
    """`GET /v1/refunds/{id}`"""
    del form
    return ledger.find_refund(office.database, number=request.path_params["number"])


def _confirm(office: Office, intent: Intent, form: Form) -> Intent:
    intents.require_open(intent, doing="confirm")
    return_url = fields.return_url(form) or ledger.find_return_url(
        office.database, number=intent["id"]
    )
    card = fields.card_of_method(form)
    if card is None or intents.TEST_CARDS[card][1] == "confirms":
        return _send_patient_to_page(office, intent, return_url=return_url)
    settled = register.take_card(office, intent, card=card)
    if settled["status"] != "succeeded":
        error = settled["last_payment_error"]
        raise CardRefusal(
            error["message"], status=402, kind="card_error", code=error["code"], intent=settled
        )
    return settled


def _send_patient_to_page(office: Office, intent: Intent, *, return_url: str | None) -> Intent:
    if return_url is None:
        raise CardRefusal(
            "You must provide a `return_url` when confirming with redirects.", param="return_url"
        )
    asked = intents.ask_patient(
        intent, pay_url=f"{office.settings.public_url}/pay/{intent['id']}", return_url=return_url
    )
    ledger.keep_intent(office.database, asked, return_url=return_url)
    return asked


def _check_key(request: Request, office: Office) -> None:
    if secrets.compare_digest(_secret_key(request).encode(), office.settings.card_secret.encode()):
        return
    raise CardRefusal("Invalid API Key provided.", status=401)


def _secret_key(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _fingerprint(request: Request, pairs: list[tuple[str, str]]) -> str:
    return hashlib.sha256(repr((request.url.path, sorted(pairs))).encode()).hexdigest()


def _reply(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    request_id = "req_" + secrets.token_hex(7)
    return JSONResponse(body, status, headers={"Request-Id": request_id, **(headers or {})})
