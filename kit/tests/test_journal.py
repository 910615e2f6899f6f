"""What left the outboxes can be looked back on, also once everybody has heard it."""

from datetime import UTC, datetime, timedelta

import pika
from toy_contracts import ThingHappened

from portico_kit import journal
from portico_kit.ids import new_id
from portico_kit.testing.waiting import eventually


def read(bench, name, since):
    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        return list(journal.read(connection, name, since=since))


def test_what_was_published_and_heard_is_still_in_the_journal(bench):
    bench.service()
    bench.relay()
    began = datetime.now(UTC) - timedelta(seconds=1)
    things = [new_id() for _ in range(3)]
    with bench.store.transaction() as tx:
        for thing_id in things:
            tx.announce(ThingHappened(thing_id=thing_id, number=1))
    eventually(lambda: all(bench.effects(thing_id) == [1] for thing_id in things))

    found = read(bench, journal.EVENTS, began)
    told = {entry["aggregate_id"]: entry for entry in found}
    assert {str(thing_id) for thing_id in things} <= told.keys()
    assert told[str(things[0])]["producer"] == "toy"
    # Reading takes nothing away.
    assert read(bench, journal.EVENTS, began) == found


def test_a_batch_is_one_message_and_no_message_grows_too_large():
    bodies = [b'{"n":%d}' % n for n in range(500)]
    (whole,) = journal.batches(bodies)
    assert whole.count(b"{") == 500
    large = list(journal.batches([b"x" * 200_000] * 5))
    assert len(large) == 3
    assert all(len(body) <= journal.LARGEST + 10 for body in large)
    assert list(journal.batches([])) == []
