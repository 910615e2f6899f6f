"""Audit rows on their way to the ledger: none is dropped, whatever else is in their batch."""

import orjson
import pika
import pytest
from toy_contracts import MakeThing

from portico_kit import dead_letters
from portico_kit.ids import new_id
from portico_kit.testing.people import a_patient
from portico_kit.testing.waiting import eventually
from portico_kit.topology import AUDIT_EXCHANGE, DEAD, LEDGER_QUEUE


def tell(bench, *bodies):
    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        for body in bodies:
            connection.channel().basic_publish(AUDIT_EXCHANGE, "rows", body)


def batch(row_ids, *others):
    return orjson.dumps([*({"id": row_id} for row_id in row_ids), *others])


def told(bench):
    return {row[0] for row in bench.rows("SELECT row_id FROM told")}


def dead(bench):
    with bench.store.transaction() as tx:
        return dead_letters.page(tx)


def test_what_is_audited_reaches_the_ledger_once(bench, caller):
    bench.service()
    bench.relay()
    caller.call(MakeThing(thing_id=new_id()), actor=a_patient())
    eventually(lambda: len(told(bench)) == 1, what="a row in the ledger")
    row_ids = [new_id() for _ in range(3)]
    tell(bench, batch(row_ids), batch(row_ids))
    eventually(lambda: told(bench) >= set(row_ids))
    assert dead(bench) == []


def test_a_malformed_row_is_kept_as_a_dead_letter_and_the_others_go_on(bench):
    bench.service()
    row_ids = [new_id() for _ in range(9)]
    tell(bench, batch(row_ids[:5], {"no": "id"}, {"id": "no-uuid"}), batch(row_ids[5:]))
    eventually(lambda: told(bench) == set(row_ids), what="every good row")
    letters = eventually(lambda: dead(bench), what="dead letters")
    assert [letter["subscription"] for letter in letters] == ["toy.keep_rows"] * 2
    assert bench.rows("SELECT body FROM failed_delivery ORDER BY id") == [
        (b'[{"no":"id"}]',),
        (b'[{"id":"no-uuid"}]',),
    ]


@pytest.mark.parametrize("body", [b"{", b"{}", b"[]", b"null"])
def test_what_is_no_batch_is_kept_and_never_logged(bench, body):
    toy = bench.service()
    tell(bench, body)
    eventually(lambda: dead(bench), what="a dead letter")
    assert bench.rows("SELECT body FROM failed_delivery") == [(body,)]
    assert f"{body!r}" not in toy.output.read_text()


def test_a_row_that_was_kept_reaches_the_ledger_when_it_is_tried_again(bench):
    bench.write("INSERT INTO poison VALUES (-1)")
    bench.service()
    row_id = new_id()
    tell(bench, batch([row_id]))
    (letter,) = eventually(lambda: dead(bench), what="a dead letter")
    again(bench, letter)
    eventually(lambda: dead(bench), what="the dead letter back: nothing was mended")
    bench.write("DELETE FROM poison")
    again(bench, letter)
    eventually(lambda: told(bench) == {row_id})
    assert dead(bench) == []


def test_a_batch_that_the_broker_gave_up_on_is_kept_as_the_ledgers_own(bench):
    """Delivered so often that it is dead: it still says which queue it died in."""
    bench.service()
    row_id, died = new_id(), {"x-first-death-queue": LEDGER_QUEUE}
    with pika.BlockingConnection(pika.URLParameters(bench.amqp_url)) as connection:
        properties = pika.BasicProperties(headers=died)
        connection.channel().basic_publish(DEAD, "toy", batch([row_id]), properties)
    (letter,) = eventually(lambda: dead(bench), what="a dead letter")
    assert letter["subscription"] == "toy.keep_rows"
    again(bench, letter)
    eventually(lambda: told(bench) == {row_id})


def again(bench, letter):
    with bench.store.transaction() as tx:
        dead_letters.replay(tx, letter["id"])
    eventually(
        lambda: bench.rows("SELECT 1 FROM failed_delivery WHERE state = 'waiting'") == [],
        what="another attempt",
    )
