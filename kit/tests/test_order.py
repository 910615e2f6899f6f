"""Order per aggregate: what happened to a thing later is not told before what happened earlier."""

import pytest
from toy_contracts import ThingHappened

from portico_contracts.wire import decode, encode
from portico_kit import dead_letters
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery, react

HOUR = (3600.0,)


def delivery(thing_id, sequence, *, to="toy.on_thing"):
    event = ThingHappened(thing_id=thing_id, number=sequence)
    body = encode(event, event_id=new_id(), sequence=sequence, occurred_at=now())
    return Delivery(to, decode(body), body)


@pytest.fixture
def failed(bench):
    """A thing of which the first event waits for another attempt, in another reaction."""
    thing_id = new_id()
    with bench.store.transaction() as tx:
        first = delivery(thing_id, 1, to="toy.on_something_else")
        assert dead_letters.failed(tx, first, "ValueError", delays=HOUR) == "waiting"
    return thing_id


def never(_tx, _event):
    raise AssertionError("out of its turn")


def test_an_event_waits_for_an_earlier_one_that_failed_in_another_reaction(bench, failed):
    """A visit's cancelling must not overtake its booking, though two methods hear of them."""
    assert react(bench.store, delivery(failed, 2), never, now=now()) == "parked"
    with bench.store.transaction() as tx:
        assert dead_letters.claim(tx) is None, "it is not tried before the other's time either"


def test_events_about_other_things_do_not_wait(bench, failed):
    heard = []
    other = delivery(new_id(), 2)
    assert react(bench.store, other, lambda _tx, e: heard.append(e.number), now=now()) == "done"
    assert heard == [2]


def test_what_is_tried_again_takes_its_dead_predecessors_of_every_reaction_along(bench):
    thing_id, numbers = new_id(), []
    with bench.store.transaction() as tx:
        for sequence, to in ((1, "toy.on_something_else"), (2, "toy.on_thing")):
            dead_letters.failed(tx, delivery(thing_id, sequence, to=to), "ValueError", delays=())
        numbers = [letter["id"] for letter in dead_letters.page(tx)]
        assert dead_letters.replay(tx, numbers[1]) == numbers
