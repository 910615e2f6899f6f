"""Payments when things go wrong: silence, crashes, forgeries and other people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from billing import commands, queries
from portico_contracts.billing import (
    CardUnavailable,
    FinishPayment,
    PaymentInFlight,
    StartPayment,
    WrongReturn,
    WrongSignature,
)
from portico_contracts.refusal import BadRequest, NotFound
from portico_kit.ids import new_id

PATIENT = new_id()


@pytest.fixture
def statement(office: Any) -> UUID:
    """A statement of 40 dollars."""
    found: UUID = office.issue(PATIENT, owed=4000)
    return found


def test_a_processor_that_is_away_is_a_clean_refusal_and_the_key_goes_on_later(
    office: Any, statement: UUID
) -> None:
    office.cards.away = True
    with pytest.raises(CardUnavailable):
        office.start(PATIENT, statement, key="form-1")
    office.cards.away = False

    started = office.start(PATIENT, statement, key="form-1")
    assert office.payment(started["payment_id"])["state"] == "pending"
    assert len(office.cards.intents) == 1


def test_while_a_payment_is_just_being_begun_another_has_to_wait(
    office: Any, statement: UUID
) -> None:
    office.cards.away = True
    with pytest.raises(CardUnavailable):
        office.start(PATIENT, statement, key="tab-1")
    office.cards.away = False

    with pytest.raises(PaymentInFlight):
        office.start(PATIENT, statement, key="tab-2")


def test_what_a_crash_left_half_begun_is_closed_at_the_processor(
    office: Any, statement: UUID
) -> None:
    office.cards.away = True
    with pytest.raises(CardUnavailable):
        office.start(PATIENT, statement)
    office.cards.away = False
    office.later(minutes=2)

    assert office.reconcile() == 1
    (intent,) = office.cards.intents.values()
    assert intent.status == "canceled"
    assert office.payment(UUID(intent.payment_id))["state"] == "canceled"


def test_what_the_processor_will_never_begin_is_over_and_the_statement_free(
    office: Any, statement: UUID
) -> None:
    office.cards.away = True
    with pytest.raises(CardUnavailable):
        office.start(PATIENT, statement, key="tab-1")
    office.cards.away, office.cards.unwilling = False, True
    office.later(minutes=2)
    office.reconcile()
    office.cards.unwilling = False

    assert office.start(PATIENT, statement, key="tab-2")["redirect_url"]
    with office.read(PATIENT) as tx:
        payments = queries.show_statement(tx, statement)["payments"]
    assert [(p["state"], p["reason"]) for p in payments] == [
        ("pending", None), ("canceled", "account_invalid"),
    ]  # fmt: skip


def test_a_payment_nobody_told_us_the_end_of_is_asked_for(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    assert office.reconcile() == 0
    office.later(seconds=61)

    assert office.reconcile() == 1
    assert office.payment(payment_id)["state"] == "succeeded"
    assert office.reconcile() == 0


def test_a_payment_left_lying_for_a_day_is_cancelled(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.later(hours=25)
    office.reconcile()

    assert office.payment(payment_id)["state"] == "canceled"
    assert office.cards.intents[f"pi_{payment_id}"].status == "canceled"


def test_a_processor_that_is_away_leaves_the_payment_pending(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    office.cards.away = True

    assert office.finish(PATIENT, payment_id)["state"] == "pending"
    office.later(minutes=2)
    office.reconcile()
    assert office.payment(payment_id)["state"] == "pending"
    with pytest.raises(CardUnavailable):
        office.hear(office.card_event(payment_id))

    office.cards.away = False
    office.later(minutes=10)
    office.reconcile()
    assert office.payment(payment_id)["state"] == "succeeded"


def test_a_payment_that_the_processor_has_forgotten_is_over(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.intents.clear()
    office.later(minutes=2)
    office.reconcile()

    assert office.payment(payment_id)["state"] == "canceled"
    assert office.start(PATIENT, statement)["redirect_url"]


def test_an_intent_that_is_not_what_we_asked_for_books_nothing(
    office: Any, statement: UUID
) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    number = f"pi_{payment_id}"
    office.cards.intents[number] = replace(office.cards.intents[number], amount_cents=1)

    assert office.hear(office.card_event(payment_id)) == {"known": False}
    assert office.balance(PATIENT, statement) == 4000


def test_a_card_event_must_be_signed(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    forged = replace(office.card_event(payment_id), signature="t=1,v1=00")

    with pytest.raises(WrongSignature):
        office.hear(forged)
    assert office.balance(PATIENT, statement) == 4000


def test_a_card_event_about_something_else_is_taken_and_ignored(
    office: Any, statement: UUID
) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    for event in (
        office.card_event(new_id()),
        office.card_event(payment_id, id="pi_of_somebody_else"),
        office.card_event(payment_id, metadata={}),
        office.card_event(payment_id, metadata=None),
        office.signed('{"type": "charge.refunded", "data": {"object": {}}}'),
        office.signed("{}"),
    ):
        assert office.hear(event) == {"known": False}


@pytest.mark.parametrize("payload", ["", "not JSON", "[]", "null", '"x"', "[" * 30_000, "9" * 5000])
def test_a_signed_body_that_is_no_event_is_a_bad_request(office: Any, payload: str) -> None:
    with pytest.raises(BadRequest):
        office.hear(office.signed(payload))


def test_another_patients_statement_and_payment_are_not_found(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    stranger = new_id()

    with pytest.raises(NotFound):
        office.start(stranger, statement)
    with pytest.raises(NotFound):
        office.finish(stranger, payment_id)
    with office.read(stranger) as tx, pytest.raises(NotFound):
        queries.show_payment(tx, payment_id)
    with pytest.raises(NotFound):
        office.finish(PATIENT, new_id())


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/me/bills", "http://portal.example/me", "//portal.example/",
        "https://portal.example.evil.example/", "javascript:alert(1)", "https://portal.example@e/",
    ],
)  # fmt: skip
def test_the_way_back_leads_to_the_portal_alone(office: Any, statement: UUID, url: str) -> None:
    request = StartPayment(statement_id=statement, amount_cents=4000, return_url=url)
    with pytest.raises(WrongReturn):
        commands.start_payment(office.call(PATIENT), request, cards=office.cards)


def test_a_receipt_shows_amount_card_and_time(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    commands.finish_payment(
        office.call(PATIENT), FinishPayment(payment_id=payment_id), cards=office.cards,
        now=office.now,
    )  # fmt: skip
    with office.read(PATIENT) as tx:
        receipt = queries.show_payment(tx, payment_id)
        shown = queries.show_statement(tx, statement)

    assert (receipt["amount_cents"], receipt["card_last_four"], receipt["finished_at"]) == (
        4000, "4242", office.now,
    )  # fmt: skip
    assert shown["payments"] == [receipt]
    assert (shown["state"], shown["paid_cents"]) == ("paid", 4000)
