"""A service that is told to stop takes no more work and finishes what it has."""

import threading
import time
import urllib.request

import orjson
from toy_contracts import MakeThing

from portico_kit.ids import new_id
from portico_kit.testing.caller import Caller, NoAnswer
from portico_kit.testing.people import a_patient, token_for

CALLERS = 4


def keep_asking(amqp_url, stop, accepted):
    caller = Caller(amqp_url)
    while not stop.is_set():
        thing_id = new_id()
        try:
            caller.call(MakeThing(thing_id=thing_id), actor=a_patient(), seconds=20)
        except NoAnswer:
            accepted.append(None)
        else:
            accepted.append(thing_id)
    caller.close()


def test_no_request_is_lost_when_copies_are_stopped_under_load(bench):
    first, second = bench.service(), bench.service()
    stop, accepted = threading.Event(), []
    askers = [
        threading.Thread(target=keep_asking, args=(bench.amqp_url, stop, accepted))
        for _ in range(CALLERS)
    ]
    for asker in askers:
        asker.start()
    ended, took = [], []
    for copy in (first, second):
        other = bench.service() if copy is second else None
        began = time.monotonic()
        ended.append(copy.stop())
        took.append(time.monotonic() - began)
        assert other is None or other.process.poll() is None
    stop.set()
    for asker in askers:
        asker.join()
    assert ended == [0, 0]
    assert max(took) < 20
    assert None not in accepted and accepted
    assert len(bench.rows("SELECT 1 FROM thing")) == len(accepted)


def test_a_service_without_a_broker_is_ready_for_the_direct_road(ground):
    # Nobody listens at this address: as if the broker had gone.
    lone = ground.service(PORTICO_AMQP_URL="amqp://nobody:x@127.0.0.1:1/")
    try:
        body = orjson.dumps({"kwargs": {"thing_id": str(new_id())}})
        assert b"thing_id" in post(lone.port, "make_thing", body, token_for(a_patient()))
        assert lone.stop() == 0
    finally:
        lone.kill()


def post(port, method, body, token):
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/rpc/{method}", data=body, headers={"portico-token": token}
    )
    with urllib.request.urlopen(asked, timeout=10) as reply:
        return reply.read()
