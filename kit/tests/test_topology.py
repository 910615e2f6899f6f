"""The broker's topology: declared again without harm, over what an earlier release declared."""

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from portico_contracts.catalogue import promises
from portico_kit.testing.waiting import eventually
from portico_kit.topology import (
    AUDIT_EXCHANGE,
    FORMER_LEDGER_QUEUE,
    LEDGER_QUEUE,
    UNROUTABLE,
    UNSEEN,
    declare,
)

FORMER_ARGUMENTS = {"x-queue-type": "quorum", "x-single-active-consumer": True}
ROWS = [b"first", b"second", b"third"]


@pytest.fixture
def connection(amqp_url):
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as made:
        declare(made.channel(), promises())
        made.channel().queue_purge(LEDGER_QUEUE)
        yield made
        made.channel().queue_purge(LEDGER_QUEUE)


@pytest.fixture
def former(connection):
    """The queue of an earlier release, with rows in it that were told before the upgrade."""
    channel = connection.channel()
    channel.queue_declare(FORMER_LEDGER_QUEUE, durable=True, arguments=FORMER_ARGUMENTS)
    channel.queue_bind(FORMER_LEDGER_QUEUE, AUDIT_EXCHANGE, "rows")
    channel.confirm_delivery()
    for row in ROWS:
        channel.basic_publish("", FORMER_LEDGER_QUEUE, row)
    yield FORMER_LEDGER_QUEUE
    connection.channel().queue_delete(FORMER_LEDGER_QUEUE)


def waiting(connection, queue):
    return connection.channel().queue_declare(queue, passive=True).method.message_count


def test_declaring_again_changes_nothing(connection):
    declare(connection.channel(), promises())
    connection.channel().basic_publish(AUDIT_EXCHANGE, "rows", b"row")
    declare(connection.channel(), promises())
    assert heard(connection, LEDGER_QUEUE) == [b"row"]


def test_rows_of_an_earlier_release_move_into_the_ledgers_queue(connection, former):
    declare(connection.channel(), promises())
    assert heard(connection, LEDGER_QUEUE) == ROWS
    connection.channel().basic_publish(AUDIT_EXCHANGE, "rows", b"new")
    assert heard(connection, LEDGER_QUEUE) == [b"new"]
    declare(connection.channel(), promises())
    with pytest.raises(ChannelClosedByBroker):
        waiting(connection, former)


def test_a_process_of_an_earlier_release_keeps_the_queue_it_reads(connection, former, amqp_url):
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as other:
        channel = other.channel()
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(former, lambda *_: None)
        declare(connection.channel(), promises())
        assert waiting(connection, LEDGER_QUEUE) == 0
    declare(connection.channel(), promises())
    assert sorted(heard(connection, LEDGER_QUEUE)) == ROWS


def test_news_for_pages_are_forgotten_where_no_page_is_open_and_raise_no_alarm(connection):
    alarms = waiting(connection, UNROUTABLE)
    channel = connection.channel()
    channel.confirm_delivery()
    for _ in range(3):
        channel.basic_publish("identity.events", "SessionsEnded.v1", b"news", mandatory=True)
    assert waiting(connection, UNROUTABLE) == alarms
    eventually(lambda: waiting(connection, UNSEEN) == 0, what="the news forgotten")


def heard(connection, queue):
    """Everything in a queue, taken out."""
    channel, found = connection.channel(), []
    for method, _, body in channel.consume(queue, inactivity_timeout=1):
        if method is None:
            break
        found.append(body)
        channel.basic_ack(method.delivery_tag)
    channel.cancel()
    return found
