"""A broker of several nodes: whoever loses one goes on to the next."""

import json
import urllib.request
from itertools import islice
from uuid import uuid4

import pytest
from toy_contracts import MakeThing

from portico_kit.addresses import addresses, in_turn, parameters
from portico_kit.testing.people import a_patient, token_for
from portico_kit.testing.waiting import eventually
from portico_kit.topology import declare

NOBODY = "amqp://nobody:x@127.0.0.1:1/"


def test_an_address_is_a_list_of_one():
    assert addresses("amqp://a:b@mq/") == ["amqp://a:b@mq/"]
    assert addresses("") == [""]


def test_nodes_are_tried_in_the_order_in_which_they_were_written_down_again_and_again():
    turns = in_turn("amqp://one/; amqp://two/;")
    assert list(islice(turns, 3)) == ["amqp://one/", "amqp://two/", "amqp://one/"]


def test_each_node_has_its_own_login_and_port():
    first, second = parameters("amqp://a:b@mq-1:5672/;amqps://c:d@mq-2:5671/")
    assert (first.host, first.credentials.username) == ("mq-1", "a")
    assert (second.port, second.credentials.password) == (5671, "d")


@pytest.mark.parametrize("order", ["{away};{there}", "{there};{away}"])
def test_a_node_that_is_away_keeps_neither_service_nor_relay_from_working(bench, caller, order):
    nodes = order.format(away=NOBODY, there=bench.amqp_url)
    bench.service(PORTICO_AMQP_URL=nodes)
    bench.relay(PORTICO_RELAY_TOY_AMQP_URL=nodes)
    thing = uuid4()
    caller.call(MakeThing(thing_id=thing, number=2), actor=a_patient())
    eventually(lambda: bench.effects(thing) == [1, 2], what="both effects")


def test_while_the_node_that_has_the_requests_is_away_events_are_heard(bench, caller):
    toy = bench.service()
    bench.relay()
    caller.channel.queue_delete("rpc-toy")  # whoever wants to read it hears the same: 404
    thing = uuid4()
    ask_directly(toy, thing)
    eventually(lambda: bench.effects(thing) == [1, 2], what="both effects")
    declare(caller.channel, [], services=("toy",))
    eventually(lambda: readers(caller) == 1, what="requests taken again")
    caller.call(MakeThing(thing_id=uuid4()), actor=a_patient())


def ask_directly(toy, thing):
    body = {"args": [], "kwargs": {"thing_id": str(thing), "number": 2}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{toy.port}/rpc/make_thing",
        data=json.dumps(body).encode(),
        headers={"portico-token": token_for(a_patient())},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["error"] is None


def readers(caller):
    return caller.channel.queue_declare("rpc-toy", passive=True).method.consumer_count
