"""A colleague leaves: what they held is back in its queue, and nothing is handed to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from messaging.service import Messaging
from portico_contracts import messaging as contract
from portico_contracts.event import Envelope
from portico_contracts.identity import StaffLeft
from portico_contracts.refusal import NotAllowed, NotFound
from portico_contracts.scheduling import VisitLostProvider
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery, react

from .test_reactions import called
from .test_reactions import deliver as deliver_name


def happened(practice: Any, fact: Any, aggregate_id: UUID, *, producer: str) -> Delivery:
    envelope = Envelope(
        event_id=new_id(),
        name=type(fact).__name__,
        version=1,
        producer=producer,
        aggregate_id=str(aggregate_id),
        sequence=1,
        occurred_at=practice.maria.now,
        event=fact,
    )
    return Delivery(subscription=f"messaging.{envelope.name}", envelope=envelope, body=b"{}")


def deliver(practice: Any, delivery: Delivery, method: Any) -> str:
    reaction = method.__wrapped__.__get__(Messaging())
    return react(practice.store, delivery, reaction, now=practice.maria.later(hours=1).now)


def leave(practice: Any, person: Any, *, times: int = 1) -> list[str]:
    left = happened(practice, StaffLeft(staff_id=person.id), person.id, producer="identity")
    return [deliver(practice, left, Messaging.on_staff_left) for _ in range(times)]


def shown(person: Any, question: Any) -> Any:
    return person.asks(contract.ShowItem(item_id=question["request_id"]))


def test_what_a_leaver_had_taken_is_back_in_its_queue_once(practice: Any, question: Any) -> None:
    deliver_name(practice, called(practice, practice.dana.id, "staff", "Dana Whitfield"))
    practice.dana.asks(contract.TakeItem(item_id=question["request_id"]))
    before = practice.events()
    assert leave(practice, practice.dana, times=2) == ["done", "duplicate"]
    item = shown(practice.priya, question)
    assert (item["state"], item["taken_by"], item["queue"]) == ("new", None, "messages")
    assert practice.events()[len(before) :] == ["RequestAssigned"]
    lines = [line for line in item["history"] if line["move"] == "released"]
    assert [(line["by"]["name"], line["by_leaving"]) for line in lines] == [
        ("Dana Whitfield", True)
    ]
    assert practice.priya.asks(contract.TakeItem(item_id=question["request_id"]))["taken_by"]


def test_what_was_handed_to_them_is_given_back_too(practice: Any, question: Any) -> None:
    deliver_name(practice, called(practice, practice.priya.id, "staff", "Priya Nair"))
    item_id = question["request_id"]
    practice.dana.asks(contract.AssignItem(item_id=item_id, staff_id=practice.priya.id))
    leave(practice, practice.priya)
    assert shown(practice.dana, question)["taken_by"] is None


def test_others_work_stays_theirs(practice: Any, question: Any) -> None:
    practice.dana.asks(contract.TakeItem(item_id=question["request_id"]))
    leave(practice, practice.priya)
    assert shown(practice.priya, question)["taken_by"]["id"] == practice.dana.id


def test_what_waits_for_the_patient_comes_back_to_the_team(practice: Any, question: Any) -> None:
    item_id, thread = question["request_id"], question["conversation_id"]
    practice.dana.asks(contract.ReplyToItem(item_id=item_id, body="Since when?"))
    leave(practice, practice.dana)
    item = shown(practice.priya, question)
    assert (item["state"], item["taken_by"]) == ("waiting", None)
    practice.maria.later(hours=2).asks(contract.Reply(conversation_id=thread, body="Monday."))
    assert shown(practice.priya, question)["state"] == "new"


def test_what_they_finished_stays_done_and_opens_again_to_the_team(
    practice: Any, question: Any
) -> None:
    item_id = question["request_id"]
    practice.dana.asks(contract.ReplyToItem(item_id=item_id, body="Rest it.", finish=True))
    leave(practice, practice.dana)
    assert shown(practice.priya, question)["state"] == "done"
    opened = practice.priya.later(hours=2).asks(contract.ReopenItem(item_id=item_id))
    assert (opened["state"], opened["taken_by"]) == ("new", None)


def test_nothing_is_handed_to_who_left_whatever_is_heard_first(
    practice: Any, question: Any
) -> None:
    leave(practice, practice.priya)
    deliver_name(practice, called(practice, practice.priya.id, "staff", "Priya Nair"))
    handed = contract.AssignItem(item_id=question["request_id"], staff_id=practice.priya.id)
    with pytest.raises(NotFound):
        practice.dana.asks(handed)


def test_who_left_takes_nothing_with_a_token_that_is_still_good(
    practice: Any, question: Any
) -> None:
    leave(practice, practice.dana)
    item_id = question["request_id"]
    for late in (
        contract.TakeItem(item_id=item_id),
        contract.ReplyToItem(item_id=item_id, body="x"),
        contract.RouteItem(item_id=item_id, queue="visits"),
        contract.AssignItem(item_id=item_id, staff_id=practice.dana.id),
    ):
        with pytest.raises(NotAllowed):
            practice.dana.asks(late)


def test_what_they_typed_and_did_not_send_is_gone(practice: Any, question: Any) -> None:
    place = f"item:{question['request_id']}"
    for person in (practice.dana, practice.priya):
        person.asks(contract.SaveDraft(place=place, body="Dear Maria"))
    leave(practice, practice.dana)
    [kept] = practice.rows("SELECT account_id FROM draft")
    assert kept["account_id"] == practice.priya.id


def test_a_visit_without_its_provider_is_put_before_the_front_desk_once(practice: Any) -> None:
    fact = VisitLostProvider(
        appointment_id=new_id(),
        patient_id=practice.maria.id,
        provider_id=new_id(),
        starts_at=practice.maria.later(days=3).now,
    )
    lost = happened(practice, fact, fact.appointment_id, producer="scheduling")
    method = Messaging.on_visit_lost_provider
    assert [deliver(practice, lost, method) for _ in range(2)] == ["done", "duplicate"]
    [item] = practice.tom.asks(contract.ListQueue(queue="visits"))["items"]
    assert (item["title"], item["kind"]) == ("provider_left", "review")
    assert item["patient"]["id"] == practice.maria.id
