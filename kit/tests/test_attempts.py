"""Attempts at a delivery are counted before they are made."""

from datetime import timedelta

import pika
from toy_contracts import ThingHappened

from portico_contracts.wire import decode, encode
from portico_kit import dead_letters
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery
from portico_kit.testing.waiting import eventually

DELAYS = (1.0, 1.0)


def happened(thing_id):
    event = ThingHappened(thing_id=thing_id, number=1)
    return encode(event, event_id=new_id(), sequence=1, occurred_at=now())


def parked(bench, body):
    with bench.store.transaction() as tx:
        dead_letters.park(tx, Delivery("toy.on_thing", decode(body), body))


def claimed(bench, moment):
    with bench.store.transaction(now=moment) as tx:
        return dead_letters.claim(tx, delays=DELAYS)


def test_what_ends_its_process_each_time_runs_out_of_attempts(bench):
    parked(bench, happened(new_id()))
    moment = now()
    for attempt in (1, 2, 3):
        assert claimed(bench, moment).attempts == attempt
        assert claimed(bench, moment) is None, "an attempt under way is left alone"
        # The process dies here: nobody writes down how it went.
        moment += dead_letters.LEASE + timedelta(seconds=1)
    assert claimed(bench, moment) is None
    assert bench.rows("SELECT state, attempts, error FROM failed_delivery") == [
        ("dead", 3, "ended its process")
    ]


def test_what_a_clock_that_ran_ahead_put_off_is_tried_once_the_clock_is_right(bench):
    for ahead, found in ((timedelta(0), False), (timedelta(hours=48), True)):
        body, moment = happened(new_id()), now()
        with bench.store.transaction(now=moment + ahead) as tx:
            dead_letters.failed(tx, Delivery("toy.on_thing", decode(body), body), "", delays=DELAYS)
        assert bool(claimed(bench, moment)) is found


def test_a_copy_that_was_taken_for_dead_does_not_apply_what_another_took_over(bench):
    parked(bench, happened(new_id()))
    slow = claimed(bench, now())
    other = claimed(bench, now() + dead_letters.LEASE)
    with bench.store.transaction() as tx:
        assert not dead_letters.still_mine(tx, slow)
        assert dead_letters.still_mine(tx, other)


def test_a_message_that_came_back_often_is_tried_apart_and_has_its_effect(bench):
    toy = bench.service()
    thing_id = new_id()
    often = pika.BasicProperties(headers={"x-delivery-count": 3})
    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        key = "ThingHappened.v1"
        connection.channel().basic_publish("toy.events", key, happened(thing_id), often)
    eventually(lambda: bench.effects(thing_id) == [1])
    assert "event.set_aside" in toy.output.read_text()
    eventually(lambda: bench.rows("SELECT 1 FROM failed_delivery") == [])
