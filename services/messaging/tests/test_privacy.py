"""What people write is sealed at rest, travels in no event, and leaves a trail when read."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from portico_contracts import messaging as contract
from portico_kit.sealing import SealBroken

CANARIES = (
    "canary-subject",
    "canary-body",
    "canary-reply",
    "canary-note",
    "canary-draft",
    "canary-medicine",
    "canary-pharmacy",
    "canary-wish",
    "canary-reason",
)


@pytest.fixture
def sung(practice: Any) -> Any:
    """A practice in which every text that a person can write holds a canary."""
    maria, dana = practice.maria, practice.dana
    started = maria.asks(
        contract.StartConversation(topic="symptom", subject="canary-subject", body="canary-body")
    )
    item_id = started["request_id"]
    dana.asks(contract.SaveDraft(place=f"item:{item_id}", body="canary-draft"))
    dana.asks(contract.AddNote(item_id=item_id, body="canary-note"))
    dana.asks(contract.ReplyToItem(item_id=item_id, body="canary-reply", finish=True))
    maria.asks(contract.Reply(conversation_id=started["conversation_id"], body="canary-body"))
    maria.asks(contract.SaveDraft(place="new", subject="canary-draft", body="canary-draft"))
    medicine = contract.Medicine(medication_id=uuid4(), name="canary-medicine")
    [refill] = maria.asks(
        contract.RequestRefill(
            medications=(medicine,), pharmacy="canary-pharmacy", note="canary-wish"
        )
    )["items"]
    dana.asks(
        contract.DecideRefill(item_id=refill["request_id"], decision="deny", reason="canary-reason")
    )
    return practice


def everything_at_rest(practice: Any) -> str:
    with practice.store.engine.connect() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        # bytea prints as hex: decode it, so that unsealed text would be seen.
        return "\n".join(
            str([bytes(v) if isinstance(v, memoryview) else v for v in row])
            for table in list(tables)
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
        )


def test_no_word_that_was_written_lies_open_in_any_table(sung: Any) -> None:
    at_rest = everything_at_rest(sung)
    assert "MessageSent" in at_rest
    assert [canary for canary in CANARIES if canary in at_rest] == []


def test_every_kind_of_event_left_without_a_word_that_was_written(sung: Any) -> None:
    rows = sung.rows("SELECT name, data FROM outbox")
    assert {row["name"] for row in rows} >= {
        "MessageSent",
        "RequestSubmitted",
        "RequestCompleted",
        "RequestReopened",
        "RefillDenied",
    }
    assert not any("canary" in row["data"] for row in rows)


def test_a_sealed_text_opens_for_its_own_patient_only(practice: Any, question: Any) -> None:
    [row] = practice.rows("SELECT body FROM message")
    sealed = bytes(row["body"])
    with practice.store.transaction() as tx:
        assert tx.unseal(practice.maria.id, sealed) == "It hurts at night."
        with pytest.raises(SealBroken):
            tx.unseal(practice.robert.id, sealed)


def test_each_call_leaves_one_trail_that_names_whose_record_it_touched(
    practice: Any, question: Any
) -> None:
    practice.dana.asks(contract.ShowItem(item_id=question["request_id"]))
    practice.dana.asks(contract.ListQueue(queue="messages"))
    practice.dana.asks(contract.QueueCounts())
    rows = practice.rows("SELECT method, action, patient_ids FROM audit_row ORDER BY seq")
    assert [(row["method"], row["action"]) for row in rows] == [
        ("start_conversation", "write"),
        ("show_item", "read"),
        ("list_queue", "read"),
    ]
    assert all(row["patient_ids"] == [practice.maria.id] for row in rows)
