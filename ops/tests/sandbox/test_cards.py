from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .conftest import CARD_SECRET, WEBHOOK_SECRET, Portal, RunningSandbox, start_sandbox

KEY = {"Authorization": f"Bearer {CARD_SECRET}"}
RETURN = "http://127.0.0.1:8000/me/bills/return?statement=7"
INTENT = {
    "amount": "2400",
    "currency": "usd",
    "metadata[statement_id]": "s-7",
    "payment_method_types[]": "card",
    "confirm": "true",
    "return_url": RETURN,
    "description": "Cedar Grove statement",
}
GOOD = {"card": "4242 4242 4242 4242", "expiry": "12/44", "cvc": "123"}


def create(
    sandbox: RunningSandbox, key: str | None = None, **changes: str | None
) -> httpx.Response:
    form = {name: value for name, value in {**INTENT, **changes}.items() if value is not None}
    headers = {**KEY, **({"Idempotency-Key": key} if key else {})}
    return sandbox.web.post("/v1/payment_intents", data=form, headers=headers)


def fetch(sandbox: RunningSandbox, number: str) -> dict[str, Any]:
    intent: dict[str, Any] = sandbox.web.get(f"/v1/payment_intents/{number}", headers=KEY).json()
    return intent


def pay(sandbox: RunningSandbox, number: str, **changes: str) -> httpx.Response:
    return sandbox.web.post(f"/pay/{number}", data={**GOOD, **changes})


def outcome(reply: httpx.Response) -> str:
    assert reply.status_code == 303
    return parse_qs(urlsplit(reply.headers["location"]).query)["redirect_status"][0]


def heard(portal: Portal, number: str) -> dict[str, Any]:
    """The next event about one payment."""
    call = portal.next_call(lambda call: number.encode() in call.body)
    event: dict[str, Any] = json.loads(call.body)
    return event


def test_an_intent_sends_the_patient_to_the_card_page(sandbox: RunningSandbox) -> None:
    intent = create(sandbox).json()
    assert intent["status"] == "requires_action"
    assert intent["next_action"] == {
        "type": "redirect_to_url",
        "redirect_to_url": {
            "url": f"{sandbox.web.base_url}/pay/{intent['id']}".replace("//pay", "/pay"),
            "return_url": RETURN,
        },
    }
    assert intent["metadata"] == {"statement_id": "s-7"}
    assert "$24.00" in sandbox.web.get(f"/pay/{intent['id']}").text


def test_a_good_card_pays_returns_and_tells_the_portal(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    number = create(sandbox).json()["id"]
    reply = pay(sandbox, number)
    assert outcome(reply) == "succeeded"
    query = parse_qs(urlsplit(reply.headers["location"]).query)
    assert query["payment_intent"] == [number] and query["statement"] == ["7"]
    intent = fetch(sandbox, number)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 2400)
    event = heard(portal, number)
    assert event["type"] == "payment_intent.succeeded"
    assert event["data"]["object"]["id"] == number


def test_a_webhook_is_signed_as_stripe_signs(sandbox: RunningSandbox, portal: Portal) -> None:
    number = create(sandbox).json()["id"]
    pay(sandbox, number)
    call = portal.next_call(lambda call: number.encode() in call.body)
    parts = dict(part.split("=", 1) for part in call.headers["stripe-signature"].split(","))
    signed = f"{parts['t']}.".encode() + call.body
    assert parts["v1"] == hmac.new(WEBHOOK_SECRET.encode(), signed, hashlib.sha256).hexdigest()


def test_a_refused_webhook_is_tried_again(own_sandbox: RunningSandbox, own_portal: Portal) -> None:
    own_portal.answers[:] = [500, 503]
    number = create(own_sandbox).json()["id"]
    pay(own_sandbox, number)
    assert len({heard(own_portal, number)["id"] for _ in range(3)}) == 1


def test_a_webhook_that_waits_survives_a_restart(tmp_path: Path, own_portal: Portal) -> None:
    own_portal.answers[:] = [500]
    first = start_sandbox(directory=tmp_path, portal_port=own_portal.port)
    number = create(first).json()["id"]
    pay(first, number)
    event = heard(own_portal, number)
    first.stop()
    second = start_sandbox(directory=tmp_path, portal_port=own_portal.port)
    assert heard(own_portal, number)["id"] == event["id"]
    second.stop()


def test_a_declined_card_returns_as_failed_and_can_be_tried_again(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    number = create(sandbox).json()["id"]
    assert outcome(pay(sandbox, number, card="4000000000000002")) == "failed"
    intent = fetch(sandbox, number)
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["code"] == "card_declined"
    assert heard(portal, number)["type"] == "payment_intent.payment_failed"
    assert outcome(pay(sandbox, number)) == "succeeded"
    assert heard(portal, number)["type"] == "payment_intent.succeeded"


@pytest.mark.parametrize(("answer", "wanted"), [("confirm", "succeeded"), ("refuse", "failed")])
def test_a_card_may_need_the_banks_word(sandbox: RunningSandbox, answer: str, wanted: str) -> None:
    number = create(sandbox).json()["id"]
    page = pay(sandbox, number, card="4000002500003155")
    assert page.status_code == 200 and "Your bank asks" in page.text
    assert fetch(sandbox, number)["status"] == "requires_action"
    reply = sandbox.web.post(f"/pay/{number}/bank", data={"answer": answer})
    assert outcome(reply) == wanted


def test_going_back_without_paying_fails_the_payment(sandbox: RunningSandbox) -> None:
    number = create(sandbox).json()["id"]
    reply = sandbox.web.post(f"/pay/{number}", data={"give_up": "1"})
    assert outcome(reply) == "failed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"card": "4242424242424241"},
        {"card": ""},
        {"card": "4111111111111111"},
        {"expiry": "01/20"},
        {"expiry": "13/40"},
        {"cvc": "12"},
        {"card": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"},
    ],
)
def test_a_wrong_entry_is_asked_for_again(sandbox: RunningSandbox, wrong: dict[str, str]) -> None:
    number = create(sandbox).json()["id"]
    reply = pay(sandbox, number, **wrong)
    assert reply.status_code == 422 and "aria-invalid" in reply.text
    assert fetch(sandbox, number)["status"] == "requires_action"


def test_a_paid_intent_is_paid_once(sandbox: RunningSandbox) -> None:
    number = create(sandbox).json()["id"]
    pay(sandbox, number)
    again = pay(sandbox, number)
    assert again.status_code == 200 and "already paid" in again.text
    assert sandbox.web.get("/payments").text.count(number) == 1


def test_no_card_number_is_kept(sandbox: RunningSandbox) -> None:
    number = create(sandbox).json()["id"]
    pay(sandbox, number)
    directory = Path(sandbox.environment["PORTICO_SANDBOX_DIRECTORY"])
    kept = b"".join(path.read_bytes() for path in directory.iterdir())
    assert number.encode() in kept and b"4242424242424242" not in kept


def test_the_same_key_gives_the_same_intent(sandbox: RunningSandbox) -> None:
    first, second = create(sandbox, key="k1"), create(sandbox, key="k1")
    assert first.json() == second.json()
    assert second.headers["idempotent-replayed"] == "true"
    other = create(sandbox, key="k1", amount="9900")
    assert other.status_code == 400 and other.json()["error"]["type"] == "idempotency_error"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": None}, "parameter_missing"),
        ({"amount": "12.5"}, "parameter_invalid_integer"),
        ({"amount": "49"}, "amount_too_small"),
        ({"colour": "red"}, "parameter_unknown"),
        ({"return_url": "javascript:alert(1)"}, "url_invalid"),
        ({"return_url": "http://[x/"}, "url_invalid"),
        ({"payment_method": "pm_nope"}, "resource_missing"),
    ],
)
def test_what_stripe_refuses_is_refused(
    sandbox: RunningSandbox, changes: dict[str, str | None], code: str
) -> None:
    reply = create(sandbox, **changes)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == code
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("name", ["payment_method[]", "payment_method[x]", "receipt_email[]"])
def test_a_list_where_text_is_due_is_refused(sandbox: RunningSandbox, name: str) -> None:
    reply = create(sandbox, **{name: "pm_card_visa"})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, name.partition("[")[0])


def test_a_named_test_card_pays_without_the_page(sandbox: RunningSandbox) -> None:
    assert create(sandbox, payment_method="pm_card_visa").json()["status"] == "succeeded"
    declined = create(sandbox, key="d", payment_method="pm_card_chargeDeclined")
    assert (declined.status_code, declined.json()["error"]["type"]) == (402, "card_error")
    again = create(sandbox, key="d", payment_method="pm_card_chargeDeclined")
    assert again.json() == declined.json()


def test_a_paid_intent_tells_its_charge_and_fee_when_asked(sandbox: RunningSandbox) -> None:
    number = create(sandbox, payment_method="pm_card_visa").json()["id"]
    path = f"/v1/payment_intents/{number}"
    wanted = {"expand[]": "latest_charge.balance_transaction"}
    charge = sandbox.web.get(path, params=wanted, headers=KEY).json()["latest_charge"]
    assert charge["payment_method_details"]["card"] == {"brand": "visa", "last4": "4242"}
    assert charge["balance_transaction"]["fee"] == 100
    refused = sandbox.web.get(path, params={"expand[]": "customer"}, headers=KEY)
    assert refused.status_code == 400


def test_an_intent_may_be_confirmed_later_or_cancelled(sandbox: RunningSandbox) -> None:
    intent = create(sandbox, confirm=None, return_url=None).json()
    assert intent["status"] == "requires_payment_method"
    path = f"/v1/payment_intents/{intent['id']}"
    confirmed = sandbox.web.post(f"{path}/confirm", data={"return_url": RETURN}, headers=KEY)
    assert confirmed.json()["status"] == "requires_action"
    assert sandbox.web.post(f"{path}/cancel", headers=KEY).json()["status"] == "canceled"
    late = sandbox.web.post(f"{path}/confirm", headers=KEY)
    assert late.json()["error"]["code"] == "payment_intent_unexpected_state"


def test_a_payment_is_refunded_in_parts_and_never_too_much(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    number = create(sandbox, payment_method="pm_card_visa").json()["id"]

    def refund(**more: str) -> httpx.Response:
        return sandbox.web.post("/v1/refunds", data={"payment_intent": number, **more}, headers=KEY)

    assert refund(amount="400").json()["status"] == "succeeded"
    assert refund(amount="9999").status_code == 400
    assert refund().json()["amount"] == 2000
    assert refund().json()["error"]["code"] == "charge_already_refunded"
    events = [heard(portal, number) for _ in range(3)]
    assert [event["type"] for event in events[1:]] == ["charge.refunded"] * 2
    assert [e["data"]["object"]["amount_refunded"] for e in events[1:]] == [400, 2400]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_a_wrong_key_is_refused(sandbox: RunningSandbox, headers: dict[str, str]) -> None:
    reply = sandbox.web.post("/v1/payment_intents", data=INTENT, headers=headers)
    assert reply.status_code == 401
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_an_unknown_intent_is_missing(sandbox: RunningSandbox) -> None:
    reply = sandbox.web.get("/v1/payment_intents/pi_none", headers=KEY)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "resource_missing")
    assert sandbox.web.get("/pay/pi_none").status_code == 404


def test_the_payments_page_tells_what_the_portal_was_told(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    number = create(sandbox).json()["id"]
    pay(sandbox, number)
    event = heard(portal, number)
    page = sandbox.web.get("/payments").text
    assert "payment_intent.succeeded" in page
    assert sandbox.web.post(f"/payments/callbacks/{event['id']}").status_code == 303
    assert heard(portal, number)["id"] == event["id"]


def test_what_is_sent_again_while_it_is_under_way_comes_once_more(
    sandbox: RunningSandbox, portal: Portal
) -> None:
    portal.may_answer.clear()
    try:
        number = create(sandbox).json()["id"]
        pay(sandbox, number)
        event = heard(portal, number)
        sandbox.web.post(f"/payments/callbacks/{event['id']}")
    finally:
        portal.may_answer.set()
    assert heard(portal, number)["id"] == event["id"]


def test_intents_are_listed_newest_first_from_a_moment_on_a_page_at_a_time(
    sandbox: RunningSandbox,
) -> None:
    def page(**query: str) -> dict[str, Any]:
        found: dict[str, Any] = sandbox.web.get(
            "/v1/payment_intents", params=query, headers=KEY
        ).json()
        return found

    made = [create(sandbox).json() for _ in range(3)]
    first = page(limit="2", **{"created[gte]": str(made[0]["created"])})
    assert [intent["id"] for intent in first["data"]] == [made[2]["id"], made[1]["id"]]
    assert first["has_more"]
    second = page(limit="2", starting_after=made[1]["id"])
    assert second["data"][0]["id"] == made[0]["id"]
    assert page(**{"created[gte]": str(made[2]["created"] + 60)})["data"] == []
    for wrong in ({"limit": "101"}, {"limit": "x"}, {"created[gte]": "soon"}, {"order": "asc"}):
        assert "error" in page(**wrong)
    assert sandbox.web.get("/v1/payment_intents").status_code == 401
