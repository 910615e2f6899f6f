"""Over real sockets: the sandbox's card processor, and one that misbehaves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from billing.adapters.stripe import CardsAway, CardsRefused, StripeCards, intent_of
from portico_kit.ids import new_id
from portico_kit.testing.processes import free_port

DECLINED = "4000000000000002"


@pytest.fixture
def cards(sandbox: Any) -> Iterator[StripeCards]:
    made = StripeCards(sandbox.web, secret="sk_test")
    yield made
    made.close()


def a_payment(cents: int = 4000) -> dict[str, Any]:
    return {
        "id": new_id(), "statement_id": new_id(), "amount_cents": cents, "currency": "usd",
        "return_url": "https://portal.example/me/bills/pay/1?x=1",
    }  # fmt: skip


def test_a_payment_begins_with_a_page_to_go_to(cards: Any) -> None:
    payment = a_payment()
    intent = cards.start(payment)

    assert intent.status == "requires_action"
    assert (intent.amount_cents, intent.currency) == (4000, "usd")
    assert intent.payment_id == str(payment["id"])
    assert intent.redirect_url and intent.redirect_url.startswith("http://127.0.0.1")


def test_beginning_again_gives_the_same_intent(cards: Any) -> None:
    payment = a_payment()
    assert cards.start(payment).intent_id == cards.start(payment).intent_id


def test_after_the_patient_paid_the_intent_names_brand_and_last_four(
    cards: Any, sandbox: Any
) -> None:
    intent = cards.start(a_payment())
    back = sandbox.pay(intent.redirect_url)
    assert back.status_code == 303
    assert back.headers["location"].startswith("https://portal.example/me/bills/pay/1?x=1&")

    paid = cards.look(intent.intent_id)
    assert (paid.status, paid.card_brand, paid.card_last_four) == ("succeeded", "visa", "4242")
    assert cards.cancel(intent.intent_id).status == "succeeded"


def test_a_decline_tells_its_code(cards: Any, sandbox: Any) -> None:
    intent = cards.start(a_payment())
    sandbox.pay(intent.redirect_url, card=DECLINED)

    declined = cards.look(intent.intent_id)
    assert (declined.status, declined.error) == ("requires_payment_method", "generic_decline")
    assert cards.cancel(intent.intent_id).status == "canceled"


def test_refusals_carry_the_processors_code(cards: Any, sandbox: Any) -> None:
    with pytest.raises(CardsRefused) as unknown:
        cards.look("pi_nothing")
    assert unknown.value.code == "resource_missing"
    with pytest.raises(CardsRefused) as low:
        cards.start(a_payment(cents=10))
    assert low.value.code == "amount_too_small"
    stranger = StripeCards(sandbox.web, secret="sk_wrong")
    with pytest.raises(CardsRefused) as wrong_key:
        stranger.look("pi_nothing")
    assert wrong_key.value.code == "status_401"
    stranger.close()


def test_nobody_listening_is_away() -> None:
    cards = StripeCards(f"http://127.0.0.1:{free_port()}", secret="x", deadline=2)
    with pytest.raises(CardsAway):
        cards.start(a_payment())
    cards.close()


def test_a_processor_that_never_answers_costs_no_more_than_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []
        accept = threading.Thread(target=lambda: kept.append(server.accept()[0]), daemon=True)
        accept.start()
        cards = StripeCards(f"http://127.0.0.1:{server.getsockname()[1]}", secret="x", deadline=0.3)
        with pytest.raises(CardsAway):
            cards.start(a_payment())
        cards.close()
        accept.join()
        kept[0].close()


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(500, json={}), httpx.Response(429, json={}), httpx.Response(409, json={}),
        httpx.Response(200, text="<html>"), httpx.Response(200, json=[]),
        httpx.Response(502, text="Bad gateway"),
    ],
    ids=str,
)  # fmt: skip
def test_answers_that_make_no_sense_mean_later(reply: httpx.Response) -> None:
    cards = StripeCards("http://127.0.0.1:9", secret="x")
    cards._client = httpx.Client(
        base_url="http://x", transport=httpx.MockTransport(lambda _request: reply)
    )
    with pytest.raises(CardsAway):
        cards.look("pi_1")


@pytest.mark.parametrize("error", ["no", ["no"], None, {"code": None}])
def test_a_refusal_of_any_shape_is_a_refusal(error: Any) -> None:
    cards = StripeCards("http://127.0.0.1:9", secret="x")
    reply = httpx.Response(402, json={"error": error})
    cards._client = httpx.Client(
        base_url="http://x", transport=httpx.MockTransport(lambda _request: reply)
    )
    with pytest.raises(CardsRefused, match="status_402"):
        cards.look("pi_1")


@pytest.mark.parametrize("body", [{}, {"id": "pi"}, {"id": "pi", "status": "x", "amount": "y"}])
def test_what_is_not_an_intent_means_later(body: dict[str, Any]) -> None:
    with pytest.raises(CardsAway):
        intent_of(body)


def test_a_newer_processor_puts_card_and_fee_on_the_charge() -> None:
    charge = {
        "payment_method_details": {"card": {"brand": "visa", "last4": "4242"}},
        "balance_transaction": {"fee": 146},
    }
    intent = intent_of(
        {"id": "pi", "status": "succeeded", "amount": 4000, "currency": "usd",
         "latest_charge": charge}
    )  # fmt: skip
    assert (intent.card_last_four, intent.fee_cents) == ("4242", 146)
