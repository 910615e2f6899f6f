"""A service that is told to stop takes no more work and finishes what it has."""

import signal
import threading
import time
import urllib.error
import urllib.request

import orjson
import psycopg
from toy_contracts import MakeThing

from portico_kit.ids import new_id
from portico_kit.testing.caller import Caller, NoAnswer
from portico_kit.testing.people import a_patient, token_for
from portico_kit.testing.waiting import eventually

CALLERS = 4
AT_WORK = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
    "(SELECT oid FROM pg_class WHERE relname = 'thing')"
)


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


def test_a_copy_that_stops_answers_what_it_has_and_sends_direct_callers_elsewhere(ground):
    lone = ground.service(PORTICO_AMQP_URL="amqp://nobody:x@127.0.0.1:1/")
    answers = []

    def ask():
        body = orjson.dumps({"kwargs": {"thing_id": str(new_id())}})
        try:
            answers.append(post(lone.port, "make_thing", body, token_for(a_patient())))
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers["Connection"]
        return 200

    with psycopg.connect(ground.database_url) as holder:
        holder.execute("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE")
        waiting = threading.Thread(target=ask)
        waiting.start()
        eventually(lambda: ground.rows(AT_WORK) == [(1,)], what="a request under way")
        lone.process.send_signal(signal.SIGTERM)
        eventually(lambda: says(lone.output, "leaving"), what="its leaving")
        told = ask()
    waiting.join()
    assert told == (503, "close")
    assert len(answers) == 1 and b"thing_id" in answers[0]
    assert lone.process.wait(timeout=60) == 0


def says(output, word):
    return f'"service.{word}"' in output.read_text()
