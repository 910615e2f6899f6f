"""What another service cannot end by itself lands in a team's queue, and with nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.service import Messaging
from portico_contracts import messaging as contract
from portico_contracts.billing import PaymentReviewDue
from portico_contracts.event import Envelope
from portico_contracts.notifications import NoticeReachedNobody
from portico_contracts.refusal import NotAllowed
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery, react

PAYMENT = new_id()


@pytest.fixture
def review(practice: Any) -> Any:
    """The item that asks the billing team to look at a payment of Maria's; heard of twice."""
    event = PaymentReviewDue(
        payment_id=PAYMENT, statement_id=new_id(), patient_id=practice.maria.id, trouble="mismatch"
    )
    envelope = Envelope(
        event_id=new_id(), name="PaymentReviewDue", version=1, producer="billing",
        aggregate_id=str(PAYMENT), sequence=1, occurred_at=practice.maria.now, event=event,
    )  # fmt: skip
    delivery = Delivery(subscription="messaging.review", envelope=envelope, body=b"{}")
    reaction = Messaging.on_payment_review_due.__wrapped__.__get__(Messaging())
    outcomes = [react(practice.store, delivery, reaction, now=practice.maria.now) for _ in "12"]
    assert outcomes == ["done", "duplicate"]
    (item,) = practice.bill.asks(contract.ListQueue(queue="billing"))["items"]
    return item


def test_a_review_stands_in_its_teams_queue_with_a_code_and_a_clock(
    practice: Any, review: Any
) -> None:
    assert (review["kind"], review["topic"], review["state"]) == ("review", "bill", "new")
    assert review["title"] == "payment_mismatch"
    assert review["patient"]["id"] == practice.maria.id
    assert review["due_at"] > practice.maria.now
    assert practice.events() == ["RequestSubmitted"]


def test_it_tells_what_it_is_about_and_that_nobody_but_the_portal_asked(
    practice: Any, review: Any
) -> None:
    item = practice.bill.asks(contract.ShowItem(item_id=review["item_id"]))
    assert item["review"] == {"about": f"payment:{PAYMENT}"}
    assert (item["conversation"], item["refill"]) == (None, None)
    assert [(m["move"], m["by"]) for m in item["history"]] == [("asked", None)]


def test_it_is_taken_noted_finished_and_opened_again(practice: Any, review: Any) -> None:
    item_id = review["item_id"]
    practice.bill.asks(contract.TakeItem(item_id=item_id))
    practice.bill.asks(contract.AddNote(item_id=item_id, body="Asked the processor."))
    done = practice.bill.asks(contract.CompleteItem(item_id=item_id))
    assert (done["state"], done["outcome"]) == ("done", "handled")
    again = practice.bill.asks(contract.ReopenItem(item_id=item_id))
    assert again["state"] == "taken"


def test_it_is_not_answered_routed_or_decided(practice: Any, review: Any) -> None:
    item_id = review["item_id"]
    for caller, order in (
        (practice.bill, contract.ReplyToItem(item_id=item_id, body="Hello")),
        (practice.bill, contract.RouteItem(item_id=item_id, queue="visits")),
    ):
        with pytest.raises(contract.WrongQueue):
            caller.asks(order)


def test_other_teams_do_not_see_it_and_nor_does_the_patient(practice: Any, review: Any) -> None:
    with pytest.raises(NotAllowed):
        practice.dana.asks(contract.ShowItem(item_id=review["item_id"]))
    assert practice.maria.asks(contract.ListConversations())["items"] == []
    assert practice.maria.asks(contract.HomeMessages())["unread"] == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [("invitation", "unreached_invitation"), ("welcome", "unreached_notice")],
)
def test_a_notice_that_reached_nobody_is_an_item_of_the_front_desk(
    practice: Any, kind: str, code: str
) -> None:
    notice = new_id()
    event = NoticeReachedNobody(notice_id=notice, patient_id=practice.maria.id, kind=kind)
    envelope = Envelope(
        event_id=new_id(), name="NoticeReachedNobody", version=1, producer="notifications",
        aggregate_id=str(notice), sequence=1, occurred_at=practice.maria.now, event=event,
    )  # fmt: skip
    delivery = Delivery(subscription="messaging.unreached", envelope=envelope, body=b"{}")
    reaction = Messaging.on_notice_reached_nobody.__wrapped__.__get__(Messaging())
    outcomes = [react(practice.store, delivery, reaction, now=practice.maria.now) for _ in "12"]
    assert outcomes == ["done", "duplicate"]

    (item,) = practice.tom.asks(contract.ListQueue(queue="access"))["items"]
    assert (item["title"], item["patient"]["id"]) == (code, practice.maria.id)
