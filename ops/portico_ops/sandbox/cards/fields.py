"""Checking the fields of card requests, strictly: what Stripe would refuse is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from portico_ops.sandbox.cards.intents import (
    LARGEST_AMOUNT,
    SMALLEST_AMOUNT,
    TEST_METHODS,
    CardRefusal,
    Intent,
)

CREATE_FIELDS = {
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "payment_method",
    "payment_method_types",
    "receipt_email",
    "return_url",
    "statement_descriptor",
    "statement_descriptor_suffix",
}
LIST_FIELDS = {"created[gte]", "limit", "starting_after"}
MOST_LISTED = 100
CONFIRM_FIELDS = {"expand", "payment_method", "receipt_email", "return_url"}
CANCEL_FIELDS = {"cancellation_reason", "expand"}
REFUND_FIELDS = {"amount", "expand", "metadata", "payment_intent", "reason"}
CANCEL_REASONS = {"duplicate", "fraudulent", "requested_by_customer", "abandoned"}
REFUND_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}
EXPANDABLE = {"latest_charge", "latest_charge.balance_transaction"}
MOST_METADATA = 50
# All other fields are plain text.
NESTED = {"automatic_payment_methods", "expand", "metadata", "payment_method_types"}


def check_create(form: dict[str, Any]) -> None:
    """Refuse a request to create an intent that Stripe would refuse."""
    _known(form, CREATE_FIELDS)
    _required(form, "amount")
    _required(form, "currency")
    _metadata(form)
    if form.get("capture_method", "automatic") not in ("automatic", "automatic_async"):
        raise CardRefusal("The sandbox captures automatically only.", param="capture_method")
    methods = form.get("payment_method_types", ["card"])
    if methods != ["card"]:
        raise CardRefusal("The sandbox takes cards only.", param="payment_method_types")


def check_list(query: Mapping[str, str]) -> tuple[int, int, str | None]:
    """How many intents are wanted, made from when on, and behind which one."""
    _known(dict(query), LIST_FIELDS)
    limit, since = query.get("limit", "10"), query.get("created[gte]", "0")
    if not (limit.isdecimal() and 1 <= int(limit) <= MOST_LISTED):
        raise CardRefusal("Invalid integer.", param="limit")
    if not (since.isdecimal() and len(since) < 12):
        raise CardRefusal("Invalid timestamp.", param="created[gte]")
    return int(limit), int(since), query.get("starting_after")


def check_confirm(form: dict[str, Any]) -> None:
    """Refuse unknown fields of a confirmation."""
    _known(form, CONFIRM_FIELDS)


def check_cancel(form: dict[str, Any]) -> None:
    """Refuse unknown fields or reasons of a cancellation."""
    _known(form, CANCEL_FIELDS)
    _one_of(form, "cancellation_reason", CANCEL_REASONS)


def check_refund(form: dict[str, Any]) -> None:
    """Refuse a refund request that Stripe would refuse."""
    _known(form, REFUND_FIELDS)
    _required(form, "payment_intent")
    _metadata(form)
    _one_of(form, "reason", REFUND_REASONS)


def check_expand(paths: list[str]) -> None:
    """Refuse to expand what the sandbox cannot."""
    for path in paths:
        if path not in EXPANDABLE:
            raise CardRefusal(
                f"This property cannot be expanded ({path}).", code="parameter_unknown",
                param="expand",
            )  # fmt: skip


def amount(form: dict[str, Any]) -> int:
    """The amount in cents, within Stripe's bounds."""
    cents = _integer(form, "amount")
    if cents < SMALLEST_AMOUNT:
        raise CardRefusal(
            "Amount must be at least $0.50 usd", code="amount_too_small", param="amount"
        )
    if cents > LARGEST_AMOUNT:
        raise CardRefusal(
            "Amount must be no more than $999,999.99", code="amount_too_large", param="amount"
        )
    return cents


def currency(form: dict[str, Any]) -> str:
    """The currency in lower case; the practice's bank takes dollars only."""
    code = str(form["currency"]).lower()
    if code != "usd":
        raise CardRefusal(f"Invalid currency: {code}.", param="currency")
    return code


def return_url(form: dict[str, Any]) -> str | None:
    """Where to send the patient afterwards; None when not told."""
    url = form.get("return_url")
    if url is not None and not _leads_somewhere(url):
        raise CardRefusal("Not a valid URL", code="url_invalid", param="return_url")
    return url


def card_of_method(form: dict[str, Any]) -> str | None:
    """The test card behind a named payment method; None when the patient has yet to enter one."""
    method = form.get("payment_method")
    if method is None:
        return None
    if method not in TEST_METHODS:
        raise CardRefusal(
            f"No such PaymentMethod: '{method}'", code="resource_missing", param="payment_method"
        )
    return TEST_METHODS[method]


def refund_amount(form: dict[str, Any], *, intent: Intent, refunded: int) -> int:
    """How much to give back, in cents: what was asked, or all that is left."""
    if intent["status"] != "succeeded":
        raise CardRefusal(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
        )
    left = intent["amount_received"] - refunded
    if left == 0:
        raise CardRefusal(
            f"Charge {intent['latest_charge']} has already been refunded.",
            code="charge_already_refunded",
        )
    cents = _integer(form, "amount") if "amount" in form else left
    if not 0 < cents <= left:
        raise CardRefusal(
            f"Refund amount (${cents / 100:.2f}) is greater than unrefunded amount on charge "
            f"(${left / 100:.2f})",
            param="amount",
        )
    return cents


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _known(form: dict[str, Any], names: set[str]) -> None:
    unknown = sorted(set(form) - names)
    if unknown:
        raise CardRefusal(
            f"Received unknown parameter: {unknown[0]}",
            code="parameter_unknown",
            param=unknown[0],
        )
    for name in sorted(set(form) - NESTED):
        if not isinstance(form[name], str):
            raise CardRefusal(f"Invalid string: {name}", param=name)


def _required(form: dict[str, Any], name: str) -> None:
    if not isinstance(form.get(name), str) or not form[name]:
        raise CardRefusal(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _one_of(form: dict[str, Any], name: str, values: set[str]) -> None:
    if name in form and form[name] not in values:
        raise CardRefusal(f"Invalid {name}: must be one of {', '.join(sorted(values))}", param=name)


def _metadata(form: dict[str, Any]) -> None:
    metadata = form.get("metadata", {})
    too_much = not isinstance(metadata, dict) or len(metadata) > MOST_METADATA
    if too_much or any(len(k) > 40 or len(v) > 500 for k, v in metadata.items()):
        raise CardRefusal("Invalid metadata.", param="metadata")


def _integer(form: dict[str, Any], name: str) -> int:
    value = str(form[name])
    if not (value.isascii() and value.isdecimal() and len(value) < 12):
        raise CardRefusal(
            f"Invalid integer: {value[:40]}", code="parameter_invalid_integer", param=name
        )
    return int(value)
