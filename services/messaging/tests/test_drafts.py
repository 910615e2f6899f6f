"""Drafts are kept on the server, for their writer alone, until they are sent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from portico_contracts import messaging as contract
from portico_contracts.refusal import BadRequest, NotAllowed, NotFound


def test_a_draft_is_there_when_one_comes_back(practice: Any) -> None:
    practice.maria.asks(contract.SaveDraft(place="new", body="It h"))
    kept = practice.maria.later(seconds=2).asks(
        contract.SaveDraft(place="new", body="It hurts", subject="Knee", topic="symptom")
    )
    assert kept["saved_at"] == practice.maria.later(seconds=2).now
    shown = practice.maria.asks(contract.ShowDraft(place="new"))
    assert (shown["body"], shown["subject"], shown["topic"]) == ("It hurts", "Knee", "symptom")
    assert len(practice.rows("SELECT 1 FROM draft")) == 1


def test_each_place_has_its_own_draft_and_no_draft_is_empty(practice: Any, question: Any) -> None:
    place = f"conversation:{question['conversation_id']}"
    practice.maria.asks(contract.SaveDraft(place="new", body="One"))
    practice.maria.asks(contract.SaveDraft(place=place, body="Two"))
    assert practice.maria.asks(contract.ShowDraft(place=place))["body"] == "Two"
    empty = practice.maria.asks(contract.ShowDraft(place="refill"))
    assert (empty["body"], empty["saved_at"]) == ("", None)


def test_a_draft_is_seen_by_nobody_else(practice: Any) -> None:
    practice.maria.asks(contract.SaveDraft(place="new", body="Only mine"))
    assert practice.robert.asks(contract.ShowDraft(place="new"))["body"] == ""


def test_deleting_every_word_deletes_the_draft(practice: Any) -> None:
    practice.maria.asks(contract.SaveDraft(place="new", body="Hm"))
    practice.maria.asks(contract.SaveDraft(place="new"))
    assert practice.rows("SELECT 1 FROM draft") == []


def test_sending_forgets_the_draft_it_was_written_from(practice: Any) -> None:
    about = f"result:{uuid4()}"
    for place in ("new", f"new:{about}"):
        practice.maria.asks(contract.SaveDraft(place=place, body="What does"))
    started = practice.maria.asks(
        contract.StartConversation(topic="result", subject="A1C", body="What…", about=about)
    )
    place = f"conversation:{started['conversation_id']}"
    practice.maria.asks(contract.SaveDraft(place=place, body="And"))
    practice.maria.asks(contract.Reply(conversation_id=started["conversation_id"], body="And…"))
    assert [row["place"] for row in practice.rows("SELECT place FROM draft")] == ["new"]


def test_of_very_many_drafts_the_oldest_go(practice: Any) -> None:
    for number in range(102):
        place = f"conversation:{uuid4()}"
        practice.maria.later(seconds=number).asks(contract.SaveDraft(place=place, body=str(number)))
    rows = practice.rows("SELECT min(saved_at) AS first, count(*) AS kept FROM draft")
    assert rows == [{"first": practice.maria.later(seconds=2).now, "kept": 100}]


def test_a_nurses_draft_survives_losing_the_race_and_goes_when_she_answers(
    practice: Any, question: Any
) -> None:
    item_id = question["request_id"]
    place = f"item:{item_id}"
    practice.priya.asks(contract.SaveDraft(place=place, body="Dear Maria"))
    practice.dana.asks(contract.TakeItem(item_id=item_id))
    with pytest.raises(contract.AlreadyTaken):
        practice.priya.asks(contract.ReplyToItem(item_id=item_id, body="Dear Maria, …"))
    assert practice.priya.asks(contract.ShowDraft(place=place))["body"] == "Dear Maria"
    practice.dana.asks(contract.ReleaseItem(item_id=item_id))
    practice.priya.asks(contract.ReplyToItem(item_id=item_id, body="Dear Maria, …"))
    assert practice.priya.asks(contract.ShowDraft(place=place))["body"] == ""


def test_staff_drafts_belong_to_an_item_of_their_own_queues(practice: Any, question: Any) -> None:
    with pytest.raises(NotAllowed):
        practice.bill.asks(
            contract.SaveDraft(place=f"item:{question['request_id']}", body="Dear Maria")
        )
    with pytest.raises(NotFound):
        practice.dana.asks(contract.SaveDraft(place=f"item:{uuid4()}", body="Dear"))
    for place in ("new", "my knee hurts"):
        with pytest.raises(BadRequest):
            practice.dana.asks(contract.ShowDraft(place=place))
