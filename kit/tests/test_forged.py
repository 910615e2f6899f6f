"""Every account may write to the default exchange, and so to any queue: nothing comes of it."""

import orjson
import pika
from toy_contracts import MakeThing, ThingHappened

from portico_contracts.wire import encode
from portico_kit import dead_letters
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.testing.people import a_patient, token_for
from portico_kit.testing.waiting import eventually
from portico_kit.topology import LEDGER_QUEUE


def slip_in(bench, queue, body, **properties):
    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        sent = pika.BasicProperties(**properties)
        connection.channel().basic_publish("", queue, body, sent)


def errors(bench):
    with bench.store.transaction() as tx:
        return [letter["error"] for letter in dead_letters.page(tx)]


def test_an_event_that_did_not_come_by_its_producers_exchange_has_no_effect(bench):
    bench.service()
    thing_id = new_id()
    forged = ThingHappened(thing_id=thing_id, number=1)
    slip_in(bench, "toy.normal", encode(forged, event_id=new_id(), sequence=1, occurred_at=now()))
    eventually(lambda: errors(bench) == ["not by its producer's exchange"])
    assert bench.effects(thing_id) == []


def test_audit_rows_that_did_not_come_by_their_exchange_are_not_believed(bench):
    bench.service()
    slip_in(bench, LEDGER_QUEUE, b'[{"id": "%s"}]' % str(new_id()).encode())
    eventually(lambda: errors(bench) == ["not by the exchange of audit rows"])
    assert bench.rows("SELECT 1 FROM told") == []


def test_a_request_that_was_slipped_into_the_queue_is_not_answered(bench, caller):
    bench.service()
    slipped, asked = new_id(), new_id()
    body = orjson.dumps({"args": [], "kwargs": {"thing_id": str(slipped)}})
    slip_in(bench, "rpc-toy", body, headers={"portico-token": token_for(a_patient())})
    caller.call(MakeThing(thing_id=asked), actor=a_patient())
    assert bench.rows("SELECT thing_id FROM thing") == [(asked,)]
