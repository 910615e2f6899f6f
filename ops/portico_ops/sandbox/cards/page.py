"""The hosted page where the patient enters a test card, and is then sent back to the portal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portico_ops.sandbox.cards import intents, ledger, register
from portico_ops.sandbox.cards.intents import CardRefusal, Intent
from portico_ops.sandbox.forms import read_form
from portico_ops.sandbox.office import Office, office_of
from portico_ops.sandbox.web.views import not_found, render

CARD_THAT_ASKS = "4000002500003155"


async def show(request: Request) -> Response:
    """`GET /pay/{number}`"""
    office = office_of(request)
    try:
        intent = ledger.find_intent(office.database, number=request.path_params["number"])
    except CardRefusal:
        return not_found(request)
    return _page(request, office, intent)


async def pay(request: Request) -> Response:
    """`POST /pay/{number}`: try the card; back to the portal, to the bank, or to the form."""
    office = office_of(request)
    form = dict(await read_form(request))
    try:
        intent = ledger.find_intent(office.database, number=request.path_params["number"])
        intents.require_open(intent, doing="pay")
    except CardRefusal as refusal:
        return not_found(request) if refusal.status == 404 else await show(request)
    if "give_up" in form:
        return _give_up(office, intent)
    card = re.sub(r"[\s-]", "", form.get("card", ""))
    problems = _problems(form, card=card, today=datetime.now(UTC).date())
    if problems:
        return _page(request, office, intent, problems=problems, form=form, status=422)
    if card == CARD_THAT_ASKS:
        return _page(request, office, intent, at_bank=True)
    with office.database:
        settled = register.take_card(office, intent, card=card)
    return _back(office, settled)


async def answer_bank(request: Request) -> Response:
    """`POST /pay/{number}/bank`: the patient confirms or refuses at the bank."""
    office = office_of(request)
    form = dict(await read_form(request))
    try:
        intent = ledger.find_intent(office.database, number=request.path_params["number"])
        intents.require_open(intent, doing="pay")
    except CardRefusal as refusal:
        return not_found(request) if refusal.status == 404 else await show(request)
    with office.database:
        if form.get("answer") == "confirm":
            settled = register.take_card(office, intent, card=CARD_THAT_ASKS)
        else:
            settled = register.refuse_confirmation(office, intent, card=CARD_THAT_ASKS)
    return _back(office, settled)


def _give_up(office: Office, intent: Intent) -> Response:
    with office.database:
        settled = register.refuse_confirmation(office, intent, card=None)
    return _back(office, settled)


def _back(office: Office, intent: Intent) -> Response:
    office.callbacks_planned.ring()
    url = _return_url(office, intent)
    return RedirectResponse(url or f"/pay/{intent['id']}", 303)


def _return_url(office: Office, intent: Intent) -> str | None:
    """The portal's address with the outcome added, as Stripe adds it."""
    url = ledger.find_return_url(office.database, number=intent["id"])
    if url is None:
        return None
    parts = urlsplit(url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("payment_intent", intent["id"]),
        ("payment_intent_client_secret", intent["client_secret"]),
        ("redirect_status", "succeeded" if intent["status"] == "succeeded" else "failed"),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _problems(form: dict[str, str], *, card: str, today: date) -> dict[str, str]:
    problems = {}
    if not intents.passes_luhn(card):
        problems["card"] = "This card number is not complete or has a wrong digit."
    elif card not in intents.TEST_CARDS:
        problems["card"] = "This page takes test cards only. Use one from the list below."
    if not _expires_later(form.get("expiry", ""), today=today):
        problems["expiry"] = "Enter a month and year that are still to come, like 12/34."
    if not re.fullmatch(r"[0-9]{3,4}", form.get("cvc", "")):
        problems["cvc"] = "Enter the 3 or 4 digits on the card, like 123."
    return problems


def _expires_later(expiry: str, *, today: date) -> bool:
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})\s*", expiry)
    if not found:
        return False
    return (2000 + int(found[2]), int(found[1])) >= (today.year, today.month)


def _page(
    request: Request,
    office: Office,
    intent: Intent,
    *,
    problems: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
    at_bank: bool = False,
    status: int = 200,
) -> Response:
    return_url = _return_url(office, intent)
    view: dict[str, Any] = {
        "intent": intent,
        "amount": f"${intent['amount'] / 100:,.2f}",
        "is_open": intent["status"] in intents.OPEN_STATUSES,
        "at_bank": at_bank,
        "problems": problems or {},
        "form": form or {},
        "return_url": return_url,
        "test_cards": list(intents.TEST_CARDS.items()),
    }
    # A browser applies form-action to the redirect that follows, so the portal must be allowed.
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(return_url)) if return_url else ""
    return render(request, "pay.html", view, status=status, form_targets=origin)
