"""What a process tells at /metrics: the figures that alerts are made of."""

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from toy_contracts import ThingHappened

from portico_contracts.wire import encode
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.testing.waiting import eventually


def told(process):
    """Every figure of a process, by its name and its labels' values."""
    with urllib.request.urlopen(f"http://127.0.0.1:{process.port}/metrics", timeout=5) as reply:
        families = list(text_string_to_metric_families(reply.read().decode()))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def figure(process, *key):
    return eventually(lambda: {k: v for k, v in told(process).items() if k == key})[key]


@pytest.fixture
def old_rows(bench):
    bench.write(
        "INSERT INTO outbox (event_id, name, version, aggregate_id, sequence, occurred_at, data) "
        "VALUES (gen_random_uuid(), 'ThingHappened', 1, 'x', 1, now() - interval '5 min', '{}')"
    )
    bench.write(
        "INSERT INTO audit_row (id, at, actor, patient_ids, category, action, method) VALUES "
        "(gen_random_uuid(), now() - interval '3 min', '{}', '{}', 'record', 'read', 'x')"
    )


def test_without_a_relay_the_age_of_what_waits_for_it_is_told_all_the_same(bench, old_rows):
    toy = bench.service()
    assert 300 <= figure(toy, "portico_outbox_oldest_seconds", "toy") < 420
    assert 180 <= figure(toy, "portico_audit_oldest_seconds", "toy") < 300


def test_a_process_tells_that_its_database_and_its_broker_answer_and_how_it_is(bench):
    toy = bench.service()
    assert figure(toy, "portico_database_up") == 1
    eventually(lambda: told(toy)["portico_broker_up",] == 1)
    for name in ("portico_hub_lag_seconds", "portico_dead_letters", "portico_retries_waiting"):
        assert (name,) in told(toy)


def test_what_waits_in_a_queue_is_counted_and_for_how_long(bench):
    toy = bench.service()
    figure(toy, "portico_events_waiting", "toy.normal")
    with bench.store.engine.begin() as connection:
        # Its reactions wait for this lock: what comes more than it takes at once stays there.
        connection.exec_driver_sql("LOCK TABLE effect IN ACCESS EXCLUSIVE MODE")
        publish_many(bench, 40)
        queue = ("portico_events_waiting", "toy.normal")
        eventually(lambda: told(toy)[queue] > 0, what="messages that wait")
        seconds = ("portico_events_waiting_seconds", "toy.normal")
        eventually(lambda: told(toy)[seconds] > 0, what="time that they have waited")
    eventually(lambda: told(toy)[queue] == 0 and told(toy)[seconds] == 0, within=60)


def publish_many(bench, count):
    import pika

    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        for number in range(count):
            event = ThingHappened(thing_id=new_id(), number=number)
            body = encode(event, event_id=new_id(), sequence=1, occurred_at=now())
            connection.channel().basic_publish("toy.events", "ThingHappened.v1", body)
