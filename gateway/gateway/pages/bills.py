"""Bills: what is owed, paying at the card processor's own page, and the receipt."""

from __future__ import annotations

import re

from starlette.responses import RedirectResponse, Response

from gateway.headers import policy
from gateway.i18n import N_
from gateway.routing import patient
from gateway.web import Visitor
from portico_contracts.billing import (
    AmountTooHigh,
    CardUnavailable,
    FinishPayment,
    HomeBills,
    ListStatements,
    NothingOwed,
    ShowPayment,
    ShowStatement,
    StartPayment,
)

NOT_AN_AMOUNT = N_("Enter an amount from $0.01 up to what you owe")
NO_CARDS_NOW = N_("We cannot take cards right now. Nothing was charged. Please try again soon.")
AMOUNT = re.compile(r"^\$?\s*(\d{1,6})(?:[.,](\d{1,2}))?$")


async def show_list(visitor: Visitor) -> Response:
    """Statements, newest first."""
    asked = ListStatements(cursor=visitor.query.get("cursor"))
    found, owed = await visitor.ask_all(asked, HomeBills())
    return visitor.render("patient/bills.html", bills=found, owed=owed)


async def show(visitor: Visitor) -> Response:
    """One statement with its lines and payments."""
    found = await visitor.ask(ShowStatement(statement_id=visitor.path["statement_id"]))
    return visitor.render("patient/bill.html", bill=found)


async def ask_pay(visitor: Visitor) -> Response:
    """How much to pay now."""
    found = await visitor.ask(ShowStatement(statement_id=visitor.path["statement_id"]))
    return _form(visitor, found)


async def pay(visitor: Visitor) -> Response:
    """Begin the payment and send the browser to the processor's page; no card comes near us."""
    statement_id = visitor.path["statement_id"]
    found = await visitor.ask(ShowStatement(statement_id=statement_id))
    cents = _cents(visitor.form.get("amount", "")) or 0
    if visitor.form.get("how") != "part":
        cents = found["balance_cents"]
    if not 0 < cents <= found["balance_cents"]:
        return _refused(visitor, found, NOT_AN_AMOUNT, 422)
    home = visitor.house.config.public_url + visitor.base
    try:
        started = await visitor.ask(
            StartPayment(
                statement_id=statement_id,
                amount_cents=cents,
                return_url=f"{home}/bills/payments/{{payment_id}}",
            )
        )
    except NothingOwed:
        return visitor.go(f"{visitor.base}/bills/{statement_id}")
    except AmountTooHigh:
        return _refused(visitor, found, NOT_AN_AMOUNT, 422)
    except CardUnavailable:
        return _refused(visitor, found, NO_CARDS_NOW, 503)
    here = f"{visitor.base}/bills/payments/{started['payment_id']}"
    return RedirectResponse(started["redirect_url"] or here, status_code=303)


async def payment(visitor: Visitor) -> Response:
    """Back from the processor: how it ended. Asked again, it says the same."""
    payment_id = visitor.path["payment_id"]
    found = await visitor.ask(ShowPayment(payment_id=payment_id))
    if found["state"] in ("created", "pending"):
        found = await visitor.ask(FinishPayment(payment_id=payment_id))
    return visitor.render("patient/receipt.html", payment=found)


def _form(visitor: Visitor, found: dict[str, object], *, status: int = 200) -> Response:
    form = {"amount": visitor.form.get("amount", "")}
    response = visitor.render("patient/pay.html", status_code=status, bill=found, form=form)
    # The form's answer leads to the processor's page; browsers hold redirects to form-action too.
    origin = visitor.house.config.card_page_origin
    response.headers["Content-Security-Policy"] = policy(form_action=origin)
    return response


def _refused(visitor: Visitor, found: dict[str, object], words: str, status: int) -> Response:
    visitor.wrong("amount", words)
    return _form(visitor, found, status=status)


def _cents(text: str) -> int | None:
    found = AMOUNT.match(text.strip())
    if not found:
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


ROUTES = [
    patient("/bills", show_list, here="bills"),
    patient("/bills/payments/{payment_id:uuid}", payment, here="bills"),
    patient("/bills/{statement_id:uuid}", show, here="bills"),
    patient("/bills/{statement_id:uuid}/pay", ask_pay, pay, here="bills"),
]
