"""An event's way through crashes, repetitions and poison: one effect, nothing lost."""

import pika
import pytest
from toy_contracts import MakeThing, ThingHappened

from portico_contracts.wire import encode
from portico_kit import dead_letters
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.testing.people import a_patient
from portico_kit.testing.waiting import eventually


def publish(bench, *bodies, key="ThingHappened.v1"):
    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        for body in bodies:
            connection.channel().basic_publish("toy.events", key, body)


def one_effect(bench, thing_id):
    eventually(lambda: bench.effects(thing_id) == [1], what="one effect")
    eventually(lambda: bench.rows("SELECT 1 FROM outbox WHERE published_at IS NULL") == [])
    assert bench.effects(thing_id) == [1]


def test_events_of_one_aggregate_arrive_once_each_and_in_order(bench, caller):
    bench.service()
    bench.relay()
    thing_id = new_id()
    caller.call(MakeThing(thing_id=thing_id, number=60), actor=a_patient())
    eventually(lambda: len(bench.effects(thing_id)) == 60)
    assert bench.effects(thing_id) == list(range(1, 61))


def test_an_event_survives_its_service_killed_before_anything_was_published(bench, caller):
    doomed = bench.service()
    thing_id = new_id()
    caller.call(MakeThing(thing_id=thing_id), actor=a_patient())
    doomed.kill()
    bench.relay()
    bench.service()
    one_effect(bench, thing_id)


@pytest.mark.parametrize("place", ["before_publish", "before_confirm"])
def test_an_event_survives_the_relay_killed(bench, caller, place):
    bench.service()
    thing_id = new_id()
    caller.call(MakeThing(thing_id=thing_id), actor=a_patient())
    doomed = bench.relay(wait=False, PORTICO_FAIL_POINT=place)
    assert doomed.process.wait(timeout=60) == -9
    bench.relay()
    one_effect(bench, thing_id)


@pytest.mark.parametrize("place", ["before_effect", "before_ack"])
def test_an_event_survives_its_subscriber_killed(bench, caller, place):
    maker = bench.service()
    thing_id = new_id()
    caller.call(MakeThing(thing_id=thing_id), actor=a_patient())
    maker.stop()
    doomed = bench.service(wait=False, PORTICO_FAIL_POINT=place)
    bench.relay()
    assert doomed.process.wait(timeout=60) == -9
    bench.service()
    one_effect(bench, thing_id)


def test_a_second_delivery_has_no_second_effect(bench):
    bench.service()
    thing_id = new_id()
    event = ThingHappened(thing_id=thing_id, number=1)
    body = encode(event, event_id=new_id(), sequence=1, occurred_at=now())
    last = encode(
        ThingHappened(thing_id=thing_id, number=2), event_id=new_id(), sequence=2, occurred_at=now()
    )
    publish(bench, body, body, body, last)
    eventually(lambda: 2 in bench.effects(thing_id))
    assert bench.effects(thing_id) == [1, 2]


def test_a_poisoned_event_is_parked_after_its_attempts_and_replayed_once_when_fixed(bench, caller):
    bench.write("INSERT INTO poison VALUES (1)")
    toy = bench.service(PORTICO_RETRY_DELAYS="0.1,0.1,0.1,0.1")
    bench.relay()
    thing_id, innocent = new_id(), new_id()
    caller.call(MakeThing(thing_id=thing_id), actor=a_patient())
    letters = eventually(lambda: _dead(bench), what="a dead letter")
    assert [(x["attempts"], x["event_name"]) for x in letters] == [(5, "ThingHappened")]
    bench.write("DELETE FROM poison")
    caller.call(MakeThing(thing_id=innocent), actor=a_patient())
    one_effect(bench, innocent)
    assert bench.effects(thing_id) == []
    with bench.store.transaction() as tx:
        dead_letters.replay(tx, letters[0]["id"])
    one_effect(bench, thing_id)
    assert "secret-canary" not in toy.output.read_text()


def test_a_successor_waits_behind_a_failed_event_of_its_aggregate(bench, caller):
    bench.write("INSERT INTO poison VALUES (1)")
    bench.service(PORTICO_RETRY_DELAYS="0.5,0.5,0.5,0.5,0.5,0.5")
    bench.relay()
    thing_id = new_id()
    caller.call(MakeThing(thing_id=thing_id, number=3), actor=a_patient())
    parked = "SELECT sequence FROM failed_delivery WHERE state = 'waiting' ORDER BY sequence"
    eventually(lambda: bench.rows(parked) == [(1,), (2,), (3,)])
    bench.write("DELETE FROM poison")
    eventually(lambda: len(bench.effects(thing_id)) == 3)
    assert bench.effects(thing_id) == [1, 2, 3]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"name": "ThingHappened", "version": 9}', b"x" * 100_000]
)
def test_a_message_that_is_no_event_is_kept_for_a_person_and_never_logged(bench, body):
    toy = bench.service()
    publish(bench, body)
    eventually(lambda: _dead(bench), what="a dead letter")
    assert bench.rows("SELECT body FROM failed_delivery") == [(body,)]
    assert "x" * 50 not in toy.output.read_text()


def test_an_event_that_no_queue_wants_raises_an_alarm(bench, caller):
    bench.service()
    relay = bench.relay()
    caller.call(MakeThing(thing_id=new_id(), number=0), actor=a_patient())
    eventually(lambda: "events.unroutable" in relay.output.read_text(), what="an alarm")


def _dead(bench):
    with bench.store.transaction() as tx:
        return dead_letters.page(tx)
