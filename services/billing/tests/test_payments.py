"""Payments: however the news arrives, and however often, the money is booked once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from billing import commands
from portico_contracts.billing import (
    AmountTooHigh,
    AmountTooLow,
    NothingOwed,
)
from portico_contracts.refusal import KeyReused, Refusal
from portico_kit.ids import new_id

PATIENT = new_id()


@pytest.fixture
def statement(office: Any) -> UUID:
    """A statement of 40 dollars."""
    found: UUID = office.issue(PATIENT, owed=4000)
    return found


def test_a_payment_is_begun_at_the_processors_page(office: Any, statement: UUID) -> None:
    started = office.start(PATIENT, statement)

    assert started["redirect_url"] == f"https://cards.example/pay/pi_{started['payment_id']}"
    row = office.payment(started["payment_id"])
    assert (row["state"], row["amount_cents"]) == ("pending", 4000)
    assert row["return_url"].endswith(str(started["payment_id"]))


def test_a_paid_statement_is_paid_and_the_ledger_says_how(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id, fee=146)
    ended = office.finish(PATIENT, payment_id)

    assert (ended["state"], ended["card_brand"], ended["card_last_four"]) == (
        "succeeded", "visa", "4242",
    )  # fmt: skip
    assert office.balance(PATIENT, statement) == 0
    after = office.trial()
    assert (after["processor_clearing"], after["fees"]) == (3854, 146)
    assert after["patient_receivable"] == 0
    assert office.announced() == ["StatementIssued", "PaymentSucceeded"]


def test_news_of_one_payment_by_every_road_books_it_once(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    for _ in range(2):
        office.hear(office.card_event(payment_id))
        office.finish(PATIENT, payment_id)
        office.later(minutes=2)
        office.reconcile()

    assert office.balance(PATIENT, statement) == 0
    assert office.announced().count("PaymentSucceeded") == 1


def test_news_that_races_books_it_once(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    event = office.card_event(payment_id)
    with ThreadPoolExecutor(6) as racers:
        tasks = [racers.submit(office.hear, event) for _ in range(3)]
        tasks += [racers.submit(office.finish, PATIENT, payment_id) for _ in range(3)]
        for task in tasks:
            task.result()

    assert office.balance(PATIENT, statement) == 0
    assert office.announced().count("PaymentSucceeded") == 1


def test_part_of_a_statement_can_be_paid_and_then_the_rest(office: Any, statement: UUID) -> None:
    first = office.start(PATIENT, statement, cents=1500)["payment_id"]
    office.cards.pay(first)
    office.finish(PATIENT, first)
    assert office.balance(PATIENT, statement) == 2500

    with pytest.raises(AmountTooHigh) as refusal:
        office.start(PATIENT, statement, cents=2501)
    assert refusal.value.facts == {"balance_cents": 2500}
    second = office.start(PATIENT, statement, cents=2500)["payment_id"]
    office.cards.pay(second)
    office.finish(PATIENT, second)
    assert office.balance(PATIENT, statement) == 0
    with pytest.raises(NothingOwed):
        office.start(PATIENT, statement, cents=100)


def test_less_than_the_processor_takes_is_refused(office: Any, statement: UUID) -> None:
    with pytest.raises(AmountTooLow):
        office.start(PATIENT, statement, cents=49)
    assert office.cards.asked == []


def test_a_declined_card_fails_the_payment_once_and_closes_it(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.decline(payment_id)
    ended = office.finish(PATIENT, payment_id)
    office.finish(PATIENT, payment_id)
    office.reconcile()

    assert (ended["state"], ended["reason"]) == ("failed", "insufficient_funds")
    assert office.balance(PATIENT, statement) == 4000
    assert office.announced() == ["StatementIssued", "PaymentFailed"]
    # At the processor's page it cannot be paid any more: a new payment is.
    assert office.cards.intents[f"pi_{payment_id}"].status == "canceled"
    assert office.start(PATIENT, statement)["payment_id"] != payment_id


def test_a_second_try_at_the_page_that_succeeds_after_a_decline_counts(
    office: Any, statement: UUID
) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.decline(payment_id)
    office.hear(office.card_event(payment_id, kind="payment_failed"))
    office.cards.pay(payment_id)
    office.hear(office.card_event(payment_id))

    assert office.payment(payment_id)["state"] == "succeeded"
    assert office.balance(PATIENT, statement) == 0


def test_the_same_key_goes_on_with_the_same_payment(office: Any, statement: UUID) -> None:
    first = office.start(PATIENT, statement, key="form-1")
    assert office.start(PATIENT, statement, key="form-1") == first
    assert office.cards.asked == ["start"]


def test_the_same_key_for_another_payment_is_refused(office: Any, statement: UUID) -> None:
    office.start(PATIENT, statement, key="form-1")
    with pytest.raises(KeyReused):
        office.start(PATIENT, statement, cents=1500, key="form-1")
    with pytest.raises(KeyReused):
        office.start(PATIENT, office.issue(PATIENT), key="form-1")


def test_a_payment_left_open_is_closed_before_another_begins(office: Any, statement: UUID) -> None:
    left = office.start(PATIENT, statement, key="tab-1")["payment_id"]
    other = office.start(PATIENT, statement, key="tab-2")["payment_id"]

    assert office.payment(left)["state"] == "canceled"
    assert office.cards.intents[f"pi_{left}"].status == "canceled"
    assert office.payment(other)["state"] == "pending"


def test_a_payment_left_open_that_was_paid_is_not_paid_again(office: Any, statement: UUID) -> None:
    left = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(left)

    with pytest.raises(NothingOwed):
        office.start(PATIENT, statement)
    assert office.payment(left)["state"] == "succeeded"
    assert office.balance(PATIENT, statement) == 0


def test_of_many_that_begin_at_once_one_payment_stays_open(office: Any, statement: UUID) -> None:
    def begin(_number: int) -> str:
        try:
            return str(office.start(PATIENT, statement)["payment_id"])
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(6) as racers:
        ended = list(racers.map(begin, range(6)))
    assert any(len(answer) == 36 for answer in ended)
    assert {answer for answer in ended if len(answer) != 36} <= {"PaymentInFlight"}
    still_open = [i for i in office.cards.intents.values() if i.status == "requires_action"]
    assert len(still_open) == 1


def test_a_payment_of_the_past_is_booked_and_told_to_nobody(office: Any, statement: UUID) -> None:
    payment_id = new_id()
    with office.read(PATIENT) as tx:
        commands.write_past_payment(
            tx, payment_id=payment_id, statement_id=statement, patient_id=PATIENT,
            amount_cents=4000, paid_at=office.now, card_brand="visa", card_last_four="4242",
        )  # fmt: skip

    assert office.balance(PATIENT, statement) == 0
    assert office.trial()["processor_clearing"] == 4000
    assert office.announced() == ["StatementIssued"]
