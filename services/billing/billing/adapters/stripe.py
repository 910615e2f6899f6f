"""Card payments through Stripe's payment intents, or anything that speaks their shape.

No card data ever passes here: the patient types the card at the processor's page.
Source: Stripe API reference, "PaymentIntents", "Idempotent requests", "Errors".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import eventlet
import httpx

from ..domain import Intent


class CardsAway(Exception):
    """The processor did not answer in time, or cannot now. Ask again."""


class CardsRefused(Exception):
    """The processor understood and said no; ``code`` is its code, never its free text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Listed:
    """An intent as the processor lists it: when it was made, and for which of our statements."""

    intent: Intent
    statement_id: str
    created_at: datetime


class StripeCards:
    """One account at the processor, over kept connections, with a deadline for each call."""

    def __init__(self, url: str, *, secret: str, deadline: float = 8.0) -> None:
        self._deadline = deadline
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/v1",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=deadline,
            trust_env=False,
        )

    def start(self, payment: dict[str, Any]) -> Intent:
        """Create the intent of a payment; the payment's id makes a repetition harmless."""
        form = {
            "amount": str(payment["amount_cents"]),
            "currency": payment["currency"],
            "payment_method_types[]": "card",
            "metadata[payment_id]": str(payment["id"]),
            # So that a payment can be booked of which nothing is left but the processor's word.
            "metadata[statement_id]": str(payment["statement_id"]),
            "confirm": "true",
            "return_url": payment["return_url"],
        }
        headers = {"Idempotency-Key": str(payment["id"])}
        return intent_of(self._ask("POST", "/payment_intents", data=form, headers=headers))

    def look(self, intent_id: str) -> Intent:
        """How an intent stands now, with its charge and what the processor takes of it."""
        expand = {"expand[]": "latest_charge.balance_transaction"}
        return intent_of(self._ask("GET", f"/payment_intents/{intent_id}", params=expand))

    def cancel(self, intent_id: str) -> Intent:
        """See that nobody can pay an intent any more; one that has ended stays as it ended."""
        try:
            return intent_of(self._ask("POST", f"/payment_intents/{intent_id}/cancel"))
        except CardsRefused as refusal:
            if refusal.code != "payment_intent_unexpected_state":
                raise
            return self.look(intent_id)

    def since(self, moment: datetime) -> Iterator[Listed]:
        """Every intent that was made from a moment on, newest first.

        Source: Stripe, "List all PaymentIntents", "Pagination".
        """
        wanted = {"created[gte]": str(int(moment.timestamp())), "limit": "100"}
        while True:
            page = self._ask("GET", "/payment_intents", params=wanted)
            found = [_listed(body) for body in page.get("data") or ()]
            yield from found
            if not (found and page.get("has_more")):
                return
            wanted["starting_after"] = found[-1].intent.intent_id

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            # The client's timeouts are per read: this one is for the whole call.
            with eventlet.Timeout(self._deadline):
                reply = self._client.request(method, path, **how)
        except (httpx.HTTPError, eventlet.Timeout) as problem:
            raise CardsAway(type(problem).__name__) from problem
        return _body(reply)


def _body(reply: httpx.Response) -> dict[str, Any]:
    if reply.status_code in (409, 429) or reply.status_code >= 500:
        raise CardsAway(str(reply.status_code))
    try:
        body = reply.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise CardsAway("not JSON")
    if reply.is_success:
        return body
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    raise CardsRefused(str(code or f"status_{reply.status_code}")[:60])


def intent_of(body: dict[str, Any]) -> Intent:
    """Read an intent; CardsAway when it is not one."""
    try:
        card, fee = _charged(body)
        return Intent(
            intent_id=body["id"],
            status=body["status"],
            amount_cents=int(body["amount"]),
            currency=body["currency"],
            payment_id=(body.get("metadata") or {}).get("payment_id", ""),
            redirect_url=_redirect(body),
            error=_error(body),
            card_brand=card.get("brand"),
            card_last_four=card.get("last4"),
            fee_cents=fee,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise CardsAway("not an intent") from problem


def _listed(body: Any) -> Listed:
    intent = intent_of(body)
    about = (body.get("metadata") or {}).get("statement_id", "")
    return Listed(intent, about, datetime.fromtimestamp(int(body["created"]), UTC))


def _charged(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    # Newer versions of the API put the card on the charge, older ones on the intent.
    charge = body.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    details = charge.get("payment_method_details") or body.get("payment_method_details") or {}
    settled = charge.get("balance_transaction")
    fee = settled.get("fee", 0) if isinstance(settled, dict) else 0
    return details.get("card") or {}, int(fee)


def _redirect(body: dict[str, Any]) -> str | None:
    action = body.get("next_action") or {}
    url = (action.get("redirect_to_url") or {}).get("url")
    return str(url) if url else None


def _error(body: dict[str, Any]) -> str | None:
    error = body.get("last_payment_error") or {}
    code = error.get("decline_code") or error.get("code")
    return str(code)[:60] if code else None
