"""Payments: however the news arrives, and however often, the money is booked once."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from billing import commands, queries
from portico_contracts.billing import (
    AmountTooHigh,
    AmountTooLow,
    CardUnavailable,
    FinishPayment,
    NothingOwed,
    PaymentInFlight,
    RecordCardEvent,
    StartPayment,
    WrongReturn,
    WrongSignature,
)
from portico_contracts.refusal import BadRequest, NotFound, Refusal
from portico_kit.ids import new_id

PATIENT = new_id()


@pytest.fixture
def statement(office: Any) -> UUID:
    """A statement of 40 dollars."""
    found: UUID = office.issue(PATIENT, owed=4000)
    return found


def balance(office: Any, statement: UUID) -> int:
    with office.read(PATIENT) as tx:
        found: int = queries.show_statement(tx, statement)["balance_cents"]
        return found


def trial(office: Any) -> dict[str, int]:
    with office.read(staff=True) as tx:
        ledger = queries.ledger_balance(tx)
    assert ledger["difference_cents"] == 0
    return {account["account"]: account["balance_cents"] for account in ledger["accounts"]}


def card_event(office: Any, payment_id: UUID, *, kind: str = "succeeded", **changed: Any) -> Any:
    subject = {
        "id": f"pi_{payment_id}", "object": "payment_intent",
        "metadata": {"payment_id": str(payment_id)}, **changed,
    }  # fmt: skip
    payload = json.dumps({"type": f"payment_intent.{kind}", "data": {"object": subject}})
    return signed(office, payload)


def signed(office: Any, payload: str) -> RecordCardEvent:
    stamp = int(office.now.timestamp())
    digest = hmac.new(b"whsec_test", f"{stamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    return RecordCardEvent(payload=payload, signature=f"t={stamp},v1={digest}")


def hear(office: Any, request: RecordCardEvent) -> dict[str, Any]:
    return commands.record_card_event(office.call(PATIENT), request, cards=office.cards)


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
    assert balance(office, statement) == 0
    after = trial(office)
    assert (after["processor_clearing"], after["fees"]) == (3854, 146)
    assert after["patient_receivable"] == 0
    assert office.announced() == ["StatementIssued", "PaymentSucceeded"]


def test_news_of_one_payment_by_every_road_books_it_once(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    for _ in range(2):
        hear(office, card_event(office, payment_id))
        office.finish(PATIENT, payment_id)
        office.later(minutes=2)
        office.reconcile()

    assert balance(office, statement) == 0
    assert office.announced().count("PaymentSucceeded") == 1


def test_news_that_races_books_it_once(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    event = card_event(office, payment_id)
    with ThreadPoolExecutor(6) as racers:
        tasks = [racers.submit(hear, office, event) for _ in range(3)]
        tasks += [racers.submit(office.finish, PATIENT, payment_id) for _ in range(3)]
        for task in tasks:
            task.result()

    assert balance(office, statement) == 0
    assert office.announced().count("PaymentSucceeded") == 1


def test_part_of_a_statement_can_be_paid_and_then_the_rest(office: Any, statement: UUID) -> None:
    first = office.start(PATIENT, statement, cents=1500)["payment_id"]
    office.cards.pay(first)
    office.finish(PATIENT, first)
    assert balance(office, statement) == 2500

    with pytest.raises(AmountTooHigh) as refusal:
        office.start(PATIENT, statement, cents=2501)
    assert refusal.value.facts == {"balance_cents": 2500}
    second = office.start(PATIENT, statement, cents=2500)["payment_id"]
    office.cards.pay(second)
    office.finish(PATIENT, second)
    assert balance(office, statement) == 0
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
    assert balance(office, statement) == 4000
    assert office.announced() == ["StatementIssued", "PaymentFailed"]
    # At the processor's page it cannot be paid any more: a new payment is.
    assert office.cards.intents[f"pi_{payment_id}"].status == "canceled"
    assert office.start(PATIENT, statement)["payment_id"] != payment_id


def test_a_second_try_at_the_page_that_succeeds_after_a_decline_counts(
    office: Any, statement: UUID
) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.decline(payment_id)
    hear(office, card_event(office, payment_id, kind="payment_failed"))
    office.cards.pay(payment_id)
    hear(office, card_event(office, payment_id))

    assert office.payment(payment_id)["state"] == "succeeded"
    assert balance(office, statement) == 0


def test_the_same_key_goes_on_with_the_same_payment(office: Any, statement: UUID) -> None:
    first = office.start(PATIENT, statement, key="form-1")
    assert office.start(PATIENT, statement, key="form-1") == first
    assert office.cards.asked == ["start"]


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
    assert balance(office, statement) == 0


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
        hear(office, card_event(office, payment_id))

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

    assert hear(office, card_event(office, payment_id)) == {"known": False}
    assert balance(office, statement) == 4000


def test_a_card_event_must_be_signed(office: Any, statement: UUID) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    office.cards.pay(payment_id)
    forged = replace(card_event(office, payment_id), signature="t=1,v1=00")

    with pytest.raises(WrongSignature):
        hear(office, forged)
    assert balance(office, statement) == 4000


def test_a_card_event_about_something_else_is_taken_and_ignored(
    office: Any, statement: UUID
) -> None:
    payment_id = office.start(PATIENT, statement)["payment_id"]
    for event in (
        card_event(office, new_id()),
        card_event(office, payment_id, id="pi_of_somebody_else"),
        card_event(office, payment_id, metadata={}),
        card_event(office, payment_id, metadata=None),
        signed(office, '{"type": "charge.refunded", "data": {"object": {}}}'),
        signed(office, "{}"),
    ):
        assert hear(office, event) == {"known": False}


@pytest.mark.parametrize("payload", ["", "not JSON", "[]", "null", '"x"', "[" * 30_000])
def test_a_signed_body_that_is_no_event_is_a_bad_request(office: Any, payload: str) -> None:
    with pytest.raises(BadRequest):
        hear(office, signed(office, payload))


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
