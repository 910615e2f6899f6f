"""What may happen to a payment intent, as Stripe documents it; pure dictionaries in and out."""

from __future__ import annotations

import secrets
from typing import Any

Intent = dict[str, Any]

OPEN_STATUSES = {"requires_payment_method", "requires_confirmation", "requires_action"}
SMALLEST_AMOUNT = 50  # cents
LARGEST_AMOUNT = 99_999_999  # cents

TEST_CARDS = {
    "4242424242424242": ("visa", "succeeds"),
    "5555555555554444": ("mastercard", "succeeds"),
    "4000002500003155": ("visa", "confirms"),
    "4000000000000002": ("visa", "card_declined"),
    "4000000000009995": ("visa", "insufficient_funds"),
    "4000000000000069": ("visa", "expired_card"),
}
DECLINES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "payment_intent_authentication_failure": "Your bank did not confirm this payment.",
}
TEST_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_authenticationRequired": "4000002500003155",
}


class CardRefusal(Exception):
    """What Stripe would answer with an error object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        intent: Intent | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": kind}
        more = {"code": code, "param": param, "payment_intent": intent}
        self.error.update({name: value for name, value in more.items() if value})


def new_intent(*, amount: int, currency: str, fields: dict[str, Any], created: int) -> Intent:
    """A fresh intent; `amount` in the currency's smallest unit, `created` in Unix seconds."""
    number = "pi_" + secrets.token_hex(12)
    return {
        "id": number,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{number}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "description": fields.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": fields.get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": fields.get("payment_method_types", ["card"]),
        "receipt_email": fields.get("receipt_email"),
        "status": "requires_payment_method",
    }


def ask_patient(intent: Intent, *, pay_url: str, return_url: str) -> Intent:
    """Send the patient to the hosted page, where the card is entered."""
    require_open(intent, doing="confirm")
    action = {
        "type": "redirect_to_url",
        "redirect_to_url": {"url": pay_url, "return_url": return_url},
    }
    return {**intent, "status": "requires_action", "next_action": action}


def succeed(intent: Intent, *, card: str) -> Intent:
    """The card paid."""
    require_open(intent, doing="confirm")
    return {
        **intent,
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": "ch_" + secrets.token_hex(12),
        "next_action": None,
        "last_payment_error": None,
        "payment_method": "pm_" + secrets.token_hex(12),
        "payment_method_details": {
            "card": {"brand": TEST_CARDS[card][0], "last4": card[-4:]},
            "type": "card",
        },
    }


def fail(intent: Intent, *, code: str, card: str | None) -> Intent:
    """The card, or the patient's bank, said no; the intent may be tried again."""
    require_open(intent, doing="confirm")
    error: dict[str, Any] = {
        "type": "card_error",
        "code": "card_declined" if code == "insufficient_funds" else code,
        "decline_code": "generic_decline" if code == "card_declined" else code,
        "message": DECLINES[code],
    }
    if card:
        details = {"brand": TEST_CARDS[card][0], "last4": card[-4:]}
        error["payment_method"] = {"type": "card", "card": details}
    return {
        **intent,
        "status": "requires_payment_method",
        "next_action": None,
        "last_payment_error": error,
    }


def cancel(intent: Intent, *, reason: str | None, now: int) -> Intent:
    """Nobody can pay this any more."""
    require_open(intent, doing="cancel")
    return {
        **intent,
        "status": "canceled",
        "next_action": None,
        "canceled_at": now,
        "cancellation_reason": reason,
    }


def expand_charge(intent: Intent, *, with_balance: bool) -> Intent:
    """The intent with its charge in full, and what the processor takes of it (2.9 % + 30 cents)."""
    if not intent["latest_charge"]:
        return intent
    paid = intent["amount_received"]
    fee = round(paid * 0.029) + 30
    balance_id = intent["latest_charge"].replace("ch_", "txn_")
    balance = {
        "id": balance_id, "object": "balance_transaction", "amount": paid,
        "currency": intent["currency"], "fee": fee, "net": paid - fee, "status": "available",
    }  # fmt: skip
    charge = {
        "id": intent["latest_charge"], "object": "charge", "amount": paid,
        "balance_transaction": balance if with_balance else balance_id,
        "currency": intent["currency"], "metadata": intent["metadata"],
        "paid": True, "payment_intent": intent["id"], "status": "succeeded",
        "payment_method_details": intent["payment_method_details"],
    }  # fmt: skip
    return {**intent, "latest_charge": charge}


def new_refund(
    intent: Intent, *, amount: int, reason: str | None, metadata: dict[str, str], created: int
) -> dict[str, Any]:
    """A refund of `amount` cents, which the sandbox's bank pays at once."""
    return {
        "id": "re_" + secrets.token_hex(12),
        "object": "refund",
        "amount": amount,
        "charge": intent["latest_charge"],
        "created": created,
        "currency": intent["currency"],
        "metadata": metadata,
        "payment_intent": intent["id"],
        "reason": reason,
        "status": "succeeded",
    }


def charge_after_refund(intent: Intent, *, refunded: int) -> dict[str, Any]:
    """The charge that `charge.refunded` tells of; `refunded` is the sum so far, in cents."""
    return {
        "id": intent["latest_charge"],
        "object": "charge",
        "amount": intent["amount"],
        "amount_refunded": refunded,
        "currency": intent["currency"],
        "metadata": intent["metadata"],
        "payment_intent": intent["id"],
        "refunded": refunded == intent["amount"],
        "status": "succeeded",
    }


def require_open(intent: Intent, *, doing: str) -> None:
    """Refuse what comes too late."""
    if intent["status"] not in OPEN_STATUSES:
        raise CardRefusal(
            f"You cannot {doing} this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
            intent=intent,
        )


def passes_luhn(number: str) -> bool:
    """Whether a card number's last digit checks the others (ISO/IEC 7812-1)."""
    if not number.isascii() or not number.isdecimal() or not 12 <= len(number) <= 19:
        return False
    doubled = [int(digit) * 2 for digit in number[-2::-2]]
    total = sum(map(int, number[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)
    return total % 10 == 0
