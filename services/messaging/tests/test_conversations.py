"""A conversation between a patient and the care team, from the first word to the last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from portico_contracts import messaging as contract
from portico_contracts.refusal import BadRequest, NotAllowed, NotFound


def thread(caller: Any, started: Any) -> Any:
    return caller.asks(contract.ShowConversation(conversation_id=started["conversation_id"]))


def reply(started: Any, body: str = "It got worse.") -> contract.Reply:
    return contract.Reply(conversation_id=started["conversation_id"], body=body)


def answer(started: Any, body: str = "Please rest it.", **how: Any) -> contract.ReplyToItem:
    return contract.ReplyToItem(item_id=started["request_id"], body=body, **how)


def test_a_patients_question_shows_who_will_answer_and_by_when(
    practice: Any, question: Any
) -> None:
    shown = thread(practice.maria, question)
    assert [m["body"] for m in shown["messages"]] == ["It hurts at night."]
    assert shown["subject"] == "My knee"
    assert (shown["queue"], shown["state"]) == ("messages", "new")
    assert shown["due_at"] == question["due_at"] == practice.maria.now + timedelta(hours=4)


@pytest.mark.parametrize(
    ("topic", "queue"),
    [
        ("symptom", "messages"),
        ("medicine", "messages"),
        ("visit", "visits"),
        ("result", "results"),
        ("form", "forms"),
        ("bill", "billing"),
        ("other", "messages"),
    ],
)
def test_the_topic_decides_on_the_queue(practice: Any, topic: Any, queue: str) -> None:
    started = practice.maria.asks(
        contract.StartConversation(topic=topic, subject="A question", body="…")
    )
    assert thread(practice.maria, started)["queue"] == queue


def test_the_thread_goes_back_and_forth_in_one_place(practice: Any, question: Any) -> None:
    practice.dana.later(minutes=1).asks(answer(question))
    practice.maria.later(minutes=2).asks(reply(question))
    practice.dana.later(minutes=3).asks(answer(question, "Come in.", finish=True))
    shown = thread(practice.maria, question)
    said = [(m["sender"], m["body"]) for m in shown["messages"]]
    assert said == [
        ("patient", "It hurts at night."),
        ("staff", "Please rest it."),
        ("patient", "It got worse."),
        ("staff", "Come in."),
    ]
    assert (shown["state"], shown["due_at"]) == ("done", None)
    assert shown["handler"]["id"] == practice.dana.id


def test_a_patients_reply_reopens_a_finished_conversation(practice: Any, question: Any) -> None:
    practice.dana.asks(answer(question, finish=True))
    sent = practice.maria.later(days=1).asks(reply(question))
    assert (sent["state"], sent["message"]["body"]) == ("new", "It got worse.")
    assert sent["due_at"] == practice.maria.now + timedelta(days=1, hours=4)
    assert practice.events()[-2:] == ["RequestReopened", "MessageSent"]


def test_each_side_sees_what_the_other_has_read(practice: Any, question: Any) -> None:
    practice.dana.later(minutes=1).asks(contract.TakeItem(item_id=question["request_id"]))
    practice.dana.later(minutes=2).asks(answer(question))
    mine, theirs = thread(practice.maria, question)["messages"]
    assert mine["read_at"] == practice.maria.now + timedelta(minutes=1)
    assert mine["read_by"]["id"] == practice.dana.id
    assert theirs["read_at"] is None
    seen = contract.MarkRead(
        conversation_id=question["conversation_id"], message_id=theirs["message_id"]
    )
    practice.maria.later(minutes=3).asks(seen)
    assert thread(practice.maria, question)["messages"][1]["read_at"] is not None


def test_reading_an_old_message_leaves_a_newer_one_unread(practice: Any, question: Any) -> None:
    practice.dana.later(minutes=1).asks(answer(question, "First."))
    first = thread(practice.maria, question)["messages"][-1]
    practice.dana.later(minutes=2).asks(answer(question, "Second."))
    practice.maria.later(minutes=3).asks(
        contract.MarkRead(
            conversation_id=question["conversation_id"], message_id=first["message_id"]
        )
    )
    assert thread(practice.maria, question)["unread"]


def test_a_message_of_another_conversation_marks_nothing_as_read(
    practice: Any, question: Any
) -> None:
    practice.dana.later(minutes=1).asks(answer(question))
    other = practice.maria.later(minutes=2).asks(
        contract.StartConversation(topic="other", subject="Another", body="…")
    )
    with pytest.raises(NotFound):
        practice.maria.later(minutes=3).asks(
            contract.MarkRead(
                conversation_id=question["conversation_id"], message_id=other["message_id"]
            )
        )
    assert thread(practice.maria, question)["unread"]


def test_the_first_page_shows_unread_conversations_with_the_start_of_the_newest_message(
    practice: Any, question: Any
) -> None:
    assert practice.maria.asks(contract.HomeMessages())["unread_count"] == 0
    practice.dana.later(minutes=5).asks(answer(question, "Please rest it.\n" + "word " * 50))
    home = practice.maria.asks(contract.HomeMessages())
    row = home["unread"][0]
    assert home["unread_count"] == 1
    assert row["snippet"].startswith("Please rest it. word") and len(row["snippet"]) < 150
    assert row["last_author"]["id"] == practice.dana.id
    assert row["last_message_at"] == practice.maria.now + timedelta(minutes=5)
    practice.maria.later(minutes=6).asks(
        contract.MarkRead(conversation_id=question["conversation_id"])
    )
    assert practice.maria.asks(contract.HomeMessages())["unread"] == []


def test_conversations_page_from_newest_to_oldest_without_gap_or_repeat(
    practice: Any,
) -> None:
    for number in range(5):
        practice.maria.later(minutes=number).asks(
            contract.StartConversation(topic="other", subject=f"No. {number}", body="…")
        )
    subjects, cursor = [], None
    for _ in range(3):
        page = practice.maria.asks(contract.ListConversations(cursor=cursor, limit=2))
        subjects += [row["subject"] for row in page["items"]]
        cursor = page["next"]
    assert subjects == ["No. 4", "No. 3", "No. 2", "No. 1", "No. 0"]
    assert cursor is None


def test_a_long_thread_pages_back_to_its_beginning(practice: Any, question: Any) -> None:
    for number in range(4):
        practice.maria.later(minutes=number + 1).asks(reply(question, f"No. {number}"))
    newest = practice.maria.asks(
        contract.ShowConversation(conversation_id=question["conversation_id"], limit=3)
    )
    older = practice.maria.asks(
        contract.ShowConversation(
            conversation_id=question["conversation_id"], limit=3, cursor=newest["earlier"]
        )
    )
    assert [m["body"] for m in newest["messages"]] == ["No. 1", "No. 2", "No. 3"]
    assert [m["body"] for m in older["messages"]] == ["It hurts at night.", "No. 0"]
    assert older["earlier"] is None


def test_open_and_done_conversations_stand_in_their_own_box(practice: Any, question: Any) -> None:
    practice.maria.later(hours=1).asks(
        contract.StartConversation(topic="other", subject="Another", body="…")
    )
    practice.dana.asks(answer(question, finish=True))

    def subjects(box: Any) -> list[str]:
        page = practice.maria.asks(contract.ListConversations(box=box))
        return [row["subject"] for row in page["items"]]

    assert subjects("open") == ["Another"]
    assert subjects("done") == ["My knee"]
    assert subjects("all") == ["Another", "My knee"]


@pytest.mark.parametrize("cursor", ["", "x", "bm90IGEgY3Vyc29y", "MjAyNi0wMS0wMXw=", "ÿ"])
def test_a_made_up_cursor_is_refused(practice: Any, cursor: str) -> None:
    with pytest.raises(BadRequest):
        practice.maria.asks(contract.ListConversations(cursor=cursor))


def test_another_patients_conversation_is_not_found(practice: Any, question: Any) -> None:
    conversation_id = question["conversation_id"]
    for request in (
        contract.ShowConversation(conversation_id=conversation_id),
        contract.Reply(conversation_id=conversation_id, body="I am Maria."),
        contract.MarkRead(conversation_id=conversation_id),
        contract.ShowConversation(conversation_id=conversation_id, patient_id=practice.maria.id),
        contract.ListConversations(patient_id=practice.maria.id),
    ):
        with pytest.raises(NotFound):
            practice.robert.asks(request)
    assert practice.robert.asks(contract.ListConversations())["items"] == []
    assert len(thread(practice.maria, question)["messages"]) == 1


def test_an_unknown_conversation_is_not_found(practice: Any) -> None:
    with pytest.raises(NotFound):
        practice.maria.asks(contract.ShowConversation(conversation_id=uuid4()))


def test_staff_read_a_patients_conversations_of_their_own_queues(
    practice: Any, question: Any
) -> None:
    mine = contract.ListConversations(patient_id=practice.maria.id)
    assert [c["subject"] for c in practice.dana.asks(mine)["items"]] == ["My knee"]
    assert practice.bill.asks(mine)["items"] == []


def test_staff_cannot_pose_as_patients(practice: Any, question: Any) -> None:
    with pytest.raises(NotAllowed):
        practice.dana.asks(reply(question))


def test_a_question_may_name_what_it_is_about(practice: Any) -> None:
    about = f"result:{uuid4()}"
    started = practice.maria.asks(
        contract.StartConversation(topic="result", subject="My A1C", body="…", about=about)
    )
    assert thread(practice.maria, started)["about"] == about
    with pytest.raises(BadRequest):
        practice.maria.asks(
            contract.StartConversation(topic="result", subject="…", body="…", about="my knee")
        )
