"""The staff's work: who sees what, who takes what, and what becomes of it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from messaging.store import requests
from portico_contracts import messaging as contract
from portico_contracts.refusal import NotAllowed, NotFound


def ask(caller: Any, topic: Any = "symptom", subject: str = "A question") -> Any:
    return caller.asks(contract.StartConversation(topic=topic, subject=subject, body="…"))


def take(started: Any) -> contract.TakeItem:
    return contract.TakeItem(item_id=started["request_id"])


def titles(caller: Any, **which: Any) -> list[str]:
    return [row["title"] for row in caller.asks(contract.ListQueue(**which))["items"]]


def test_a_new_question_appears_in_the_queue_with_its_clock(practice: Any, question: Any) -> None:
    [row] = practice.dana.asks(contract.ListQueue(queue="messages"))["items"]
    assert (row["title"], row["state"], row["late"]) == ("My knee", "new", False)
    assert row["item_id"] == question["request_id"]
    assert row["patient"]["id"] == practice.maria.id
    assert row["due_at"] == question["due_at"]


def test_of_many_takers_exactly_one_wins(practice: Any, question: Any) -> None:
    takers = [practice.dana, practice.priya, practice.amara, practice.ruth] * 3
    start, outcomes = threading.Barrier(len(takers)), []

    def try_to_take(taker: Any) -> None:
        start.wait()
        try:
            outcomes.append(taker.asks(take(question))["taken_by"]["id"])
        except contract.AlreadyTaken as refused:
            outcomes.append(refused.facts["by"])

    threads = [threading.Thread(target=try_to_take, args=(taker,)) for taker in takers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Everyone, winner or loser, was told the same name, and history knows one taking.
    assert len({str(outcome) for outcome in outcomes}) == 1
    assert len(outcomes) == len(takers)
    moves = practice.rows("SELECT move FROM move ORDER BY at, id")
    assert [row["move"] for row in moves] == ["asked", "taken"]
    assert practice.events().count("RequestAssigned") == 1


def test_the_loser_is_told_who_has_it(practice: Any, question: Any) -> None:
    practice.dana.asks(take(question))
    for request in (
        take(question),
        contract.ReleaseItem(item_id=question["request_id"]),
        contract.ReplyToItem(item_id=question["request_id"], body="Me too."),
        contract.CompleteItem(item_id=question["request_id"]),
        contract.RouteItem(item_id=question["request_id"], queue="visits"),
    ):
        with pytest.raises(contract.AlreadyTaken) as refused:
            practice.priya.asks(request)
        assert refused.value.facts["by"] == str(practice.dana.id)
    assert len(practice.rows("SELECT 1 FROM message")) == 1


def test_taking_again_changes_nothing(practice: Any, question: Any) -> None:
    practice.dana.asks(take(question))
    practice.dana.later(minutes=1).asks(take(question))
    assert len(practice.rows("SELECT 1 FROM move WHERE move = 'taken'")) == 1
    assert practice.events().count("RequestAssigned") == 1


def test_what_is_given_back_can_be_taken_by_another(practice: Any, question: Any) -> None:
    item_id = question["request_id"]
    with pytest.raises(contract.NotTaken):
        practice.dana.asks(contract.ReleaseItem(item_id=item_id))
    practice.dana.asks(take(question))
    assert practice.dana.asks(contract.ReleaseItem(item_id=item_id))["taken_by"] is None
    assert practice.priya.asks(take(question))["taken_by"]["id"] == practice.priya.id


def test_an_item_is_handed_to_a_colleague_and_to_nobody_else(practice: Any, question: Any) -> None:
    item_id = question["request_id"]
    for stranger in (uuid4(), practice.maria.id):
        with pytest.raises(NotFound):
            practice.dana.asks(contract.AssignItem(item_id=item_id, staff_id=stranger))
    me = contract.AssignItem(item_id=item_id, staff_id=practice.dana.id)
    assert practice.dana.asks(me)["state"] == "taken"


def test_history_has_one_line_for_each_move(practice: Any, question: Any) -> None:
    item_id = question["request_id"]
    practice.dana.later(minutes=1).asks(take(question))
    practice.dana.later(minutes=2).asks(contract.ReplyToItem(item_id=item_id, body="Rest it."))
    practice.maria.later(minutes=3).asks(
        contract.Reply(conversation_id=question["conversation_id"], body="Thanks.")
    )
    practice.dana.later(minutes=4).asks(contract.CompleteItem(item_id=item_id))
    shown = practice.dana.later(minutes=5).asks(contract.ReopenItem(item_id=item_id))
    lines = [(m["move"], m["from_state"], m["to_state"]) for m in shown["history"]]
    assert lines == [
        ("asked", None, "new"),
        ("taken", "new", "taken"),
        ("answered", "taken", "waiting"),
        ("patient_wrote", "waiting", "taken"),
        ("finished", "taken", "done"),
        ("reopened", "done", "taken"),
    ]
    assert shown["history"][0]["by"]["id"] == practice.maria.id
    assert shown["history"][1]["by"]["id"] == practice.dana.id


def test_notes_are_for_staff_alone(practice: Any, question: Any) -> None:
    noted = practice.dana.asks(
        contract.AddNote(item_id=question["request_id"], body="Ask Dr. Okafor first.")
    )
    assert [n["body"] for n in noted["notes"]] == ["Ask Dr. Okafor first."]
    seen = practice.maria.asks(
        contract.ShowConversation(conversation_id=question["conversation_id"])
    )
    assert "Okafor" not in str(seen)


def test_a_routed_item_leaves_one_queue_for_another(practice: Any, question: Any) -> None:
    item_id = question["request_id"]
    practice.tom.asks(contract.RouteItem(item_id=item_id, queue="visits"))
    assert titles(practice.dana, queue="messages") == []
    assert titles(practice.tom, queue="visits") == ["My knee"]
    with pytest.raises(NotAllowed):
        practice.dana.asks(contract.ShowItem(item_id=item_id))


def test_an_item_routed_away_meanwhile_is_not_taken_by_who_saw_it_before(
    practice: Any, question: Any
) -> None:
    with practice.store.transaction(now=practice.dana.now) as tx:
        seen = requests.read_request(tx, question["request_id"])
    practice.tom.asks(contract.RouteItem(item_id=seen.id, queue="visits"))
    with practice.store.transaction(now=practice.dana.now) as tx:
        assert not requests.take_if_free(tx, seen, by=practice.dana.id, now=tx.now)


def test_late_items_come_first_and_are_counted(practice: Any) -> None:
    for minutes, subject in ((30, "Second"), (0, "First"), (60, "Third")):
        ask(practice.maria.later(minutes=minutes), subject=subject)
    noon = practice.dana.later(hours=4, minutes=45)
    rows = noon.asks(contract.ListQueue(queue="messages"))["items"]
    assert [(r["title"], r["late"]) for r in rows] == [
        ("First", True),
        ("Second", True),
        ("Third", False),
    ]
    counts = noon.asks(contract.QueueCounts())
    [messages] = [q for q in counts["queues"] if q["queue"] == "messages"]
    assert messages == {"queue": "messages", "open": 3, "untaken": 3, "late": 2, "mine": 0}
    assert counts["late"] == 2


def test_counts_name_only_the_queues_that_one_works_in(practice: Any) -> None:
    queues = [q["queue"] for q in practice.bill.asks(contract.QueueCounts())["queues"]]
    assert queues == ["billing"]
    assert len(practice.ruth.asks(contract.QueueCounts())["queues"]) == 7


def test_a_queue_pages_by_due_time_without_gap_or_repeat(practice: Any) -> None:
    for number in range(5):
        ask(practice.maria, subject=f"No. {number}")
    seen, cursor = [], None
    for _ in range(3):
        page = practice.dana.asks(contract.ListQueue(queue="messages", limit=2, cursor=cursor))
        seen += [row["title"] for row in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == [f"No. {number}" for number in range(5)]
    assert cursor is None


def test_each_view_shows_its_own(practice: Any) -> None:
    free, held, asked_back, finished = (
        ask(practice.maria, subject=s) for s in ("Free", "Held", "Asked back", "Finished")
    )
    practice.dana.asks(take(held))
    practice.dana.asks(contract.ReplyToItem(item_id=asked_back["request_id"], body="Which one?"))
    practice.dana.asks(contract.CompleteItem(item_id=finished["request_id"]))
    views = {
        show: titles(practice.dana, show=show)
        for show in ("all", "take", "mine", "waiting", "done")
    }
    assert views == {
        "all": ["Free", "Held"],
        "take": ["Free"],
        "mine": ["Held"],
        "waiting": ["Asked back"],
        "done": ["Finished"],
    }
    assert titles(practice.priya, show="mine") == []
    assert free["request_id"]


@pytest.mark.parametrize("queue", ["refills", "results", "billing"])
def test_the_front_desk_does_not_look_into_queues_of_others(practice: Any, queue: Any) -> None:
    with pytest.raises(NotAllowed):
        practice.tom.asks(contract.ListQueue(queue=queue))


def test_an_item_of_another_teams_queue_is_refused_by_its_id_too(practice: Any) -> None:
    bill = ask(practice.maria, topic="bill")
    for request in (
        contract.ShowItem(item_id=bill["request_id"]),
        take(bill),
        contract.AddNote(item_id=bill["request_id"], body="…"),
        contract.ReplyToItem(item_id=bill["request_id"], body="…"),
    ):
        with pytest.raises(NotAllowed):
            practice.dana.asks(request)


def test_patients_have_no_business_in_queues(practice: Any, question: Any) -> None:
    for request in (contract.QueueCounts(), contract.ListQueue(), take(question)):
        with pytest.raises(NotAllowed):
            practice.maria.asks(request)


def test_an_unknown_item_is_not_found(practice: Any) -> None:
    with pytest.raises(NotFound):
        practice.dana.asks(contract.TakeItem(item_id=uuid4()))


def test_a_finished_item_is_left_alone_until_it_is_reopened(practice: Any, question: Any) -> None:
    item_id = question["request_id"]
    practice.dana.asks(contract.ReplyToItem(item_id=item_id, body="Rest it.", finish=True))
    for request in (take(question), contract.CompleteItem(item_id=item_id)):
        with pytest.raises(contract.AlreadyDone):
            practice.dana.asks(request)
    again = practice.dana.later(seconds=5).asks(contract.ReopenItem(item_id=item_id))
    assert (again["state"], again["due_at"]) == (
        "taken",
        practice.maria.now + timedelta(hours=4, seconds=5),
    )
    with pytest.raises(contract.NotFinished):
        practice.dana.asks(contract.ReopenItem(item_id=item_id))


def test_answering_announces_a_message_and_no_more_than_that(practice: Any, question: Any) -> None:
    practice.dana.asks(contract.ReplyToItem(item_id=question["request_id"], body="Rest it."))
    assert practice.events() == ["RequestSubmitted", "MessageSent", "MessageSent"]
