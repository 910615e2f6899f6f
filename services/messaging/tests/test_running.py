"""The service as it runs: a process, a broker, two people and one question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from portico_contracts import messaging as contract
from portico_contracts.identity import ContactDetailsChanged
from portico_contracts.refusal import NotFound
from portico_contracts.wire import encode
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.testing import people
from portico_kit.testing.caller import Caller
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually


@pytest.fixture
def caller(
    service_database: Callable[[str], str], declared_broker: str, output: Path
) -> Iterator[Caller]:
    process = ServiceProcess.service(
        "messaging.service:Messaging",
        database_url=service_database("messaging"),
        amqp_url=declared_broker,
        output=output,
        PORTICO_PRACTICE_HOURS="mon-sun 00:00-23:45",
    ).start()
    made = Caller(declared_broker)
    yield made
    made.close()
    process.stop()


def announce_name(caller: Caller, actor: Any) -> None:
    fact = ContactDetailsChanged(
        person_id=actor.account_id,
        person="staff",
        first_name="Dana",
        last_name="Whitfield",
        email=None,
        mobile=None,
        language="en",
        zone="America/New_York",
    )
    body = encode(fact, event_id=new_id(), sequence=1, occurred_at=now())
    properties = pika.BasicProperties(content_type="application/json")
    caller.channel.basic_publish("identity.events", "ContactDetailsChanged.v1", body, properties)


def test_a_question_is_taken_answered_and_read(caller: Caller) -> None:
    maria, dana, robert = people.a_patient(), people.a_nurse(), people.a_patient()
    announce_name(caller, dana)
    asked = contract.StartConversation(topic="symptom", subject="My knee", body="It hurts.")
    started = caller.call(asked, actor=maria, key="one")
    assert caller.call(asked, actor=maria, key="one") == started
    [row] = caller.call(contract.ListQueue(queue="messages"), actor=dana)["items"]
    taken = caller.call(contract.TakeItem(item_id=row["item_id"]), actor=dana)
    assert taken["state"] == "taken"
    answered = contract.ReplyToItem(item_id=row["item_id"], body="Rest it.", finish=True)
    caller.call(answered, actor=dana)
    shown = contract.ShowConversation(conversation_id=started["conversation_id"])
    assert [m["body"] for m in caller.call(shown, actor=maria)["messages"]] == [
        "It hurts.",
        "Rest it.",
    ]
    with pytest.raises(NotFound):
        caller.call(shown, actor=robert)
    eventually(lambda: caller.call(shown, actor=maria)["handler"]["name"] == "Dana Whitfield")
