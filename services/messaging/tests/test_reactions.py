"""Names that identity announces appear on items and threads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from messaging.service import Messaging
from portico_contracts import messaging as contract
from portico_contracts.event import Envelope
from portico_contracts.identity import ContactDetailsChanged
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery, react


def called(practice: Any, person_id: UUID, kind: Any, name: str, *, days_ago: int = 0) -> Delivery:
    first, last = name.split()
    fact = ContactDetailsChanged(
        person_id=person_id,
        person=kind,
        first_name=first,
        last_name=last,
        email=None,
        mobile=None,
        language="es",
        zone="America/New_York",
    )
    envelope = Envelope(
        event_id=new_id(),
        name="ContactDetailsChanged",
        version=1,
        producer="identity",
        aggregate_id=str(person_id),
        sequence=1,
        occurred_at=practice.maria.later(days=-days_ago).now,
        event=fact,
    )
    return Delivery(subscription="messaging.contact", envelope=envelope, body=b"{}")


def deliver(practice: Any, delivery: Delivery) -> str:
    method = Messaging.on_contact_details_changed.__wrapped__
    reaction = method.__get__(Messaging())
    return react(practice.store, delivery, reaction, now=practice.maria.now)


def test_an_announced_name_appears_once_however_often_it_is_delivered(
    practice: Any, question: Any
) -> None:
    delivery = called(practice, practice.maria.id, "patient", "Maria Reyes")
    assert [deliver(practice, delivery), deliver(practice, delivery)] == ["done", "duplicate"]
    item = practice.dana.asks(contract.ShowItem(item_id=question["request_id"]))
    assert item["patient"] == {"id": practice.maria.id, "name": "Maria Reyes"}
    assert item["language"] == "es"


def test_a_newer_name_replaces_the_older(practice: Any, question: Any) -> None:
    deliver(practice, called(practice, practice.maria.id, "patient", "Maria Reyes"))
    deliver(practice, called(practice, practice.maria.id, "patient", "Maria Ortiz"))
    item = practice.dana.asks(contract.ShowItem(item_id=question["request_id"]))
    assert item["patient"]["name"] == "Maria Ortiz"


def test_an_older_name_that_arrives_later_changes_nothing(practice: Any, question: Any) -> None:
    deliver(practice, called(practice, practice.maria.id, "patient", "Maria Ortiz"))
    deliver(practice, called(practice, practice.maria.id, "patient", "Maria Reyes", days_ago=1))
    item = practice.dana.asks(contract.ShowItem(item_id=question["request_id"]))
    assert item["patient"]["name"] == "Maria Ortiz"


def test_an_item_can_be_handed_to_announced_staff(practice: Any, question: Any) -> None:
    deliver(practice, called(practice, practice.priya.id, "staff", "Priya Nair"))
    handed = contract.AssignItem(item_id=question["request_id"], staff_id=practice.priya.id)
    assert practice.dana.asks(handed)["taken_by"]["name"] == "Priya Nair"
    moves = practice.rows("SELECT to_id FROM move WHERE move = 'assigned'")
    assert [row["to_id"] for row in moves] == [practice.priya.id]


def test_the_loser_of_a_race_reads_the_winners_name(practice: Any, question: Any) -> None:
    deliver(practice, called(practice, practice.dana.id, "staff", "Dana Whitfield"))
    practice.dana.asks(contract.TakeItem(item_id=question["request_id"]))
    try:
        practice.priya.asks(contract.TakeItem(item_id=question["request_id"]))
    except contract.AlreadyTaken as refused:
        assert refused.facts["by_name"] == "Dana Whitfield"
    else:
        raise AssertionError("two people took one item")
