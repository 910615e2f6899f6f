"""A database that falls silent is noticed at once; one that is only slow is waited for."""

import json
import subprocess
import sys

PROGRAM = """
import eventlet
eventlet.monkey_patch()
import contextlib, json, sys, time
from urllib.parse import urlsplit, urlunsplit
from portico_kit import green
green.install()
from portico_kit.database import Store, connect, is_away
from portico_kit.silence import Silence

parts, swallowing = urlsplit(sys.argv[1]), False
listener = eventlet.listen(("127.0.0.1", 0))

def carry(source, sink):
    with contextlib.suppress(OSError, EOFError):
        while chunk := source.recv(65536):
            if not swallowing:
                sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(2)  # not closed: another still reads there

def welcome(line, _address):
    there = eventlet.connect((parts.hostname, parts.port))
    eventlet.spawn_n(carry, line, there)
    carry(there, line)

eventlet.spawn_n(eventlet.serve, listener, welcome)
who = parts.netloc.rpartition("@")[0]
way = f"{who}@127.0.0.1:{listener.getsockname()[1]}" if "by the hole" in sys.argv else parts.netloc
store = Store(connect(urlunsplit(parts._replace(netloc=way)), connections=3))
Silence(store).start()
facts = []

def ask(statement="SELECT 1"):
    began = time.monotonic()
    try:
        with store.transaction() as tx:
            tx.connection.exec_driver_sql(statement)
        told = "done"
    except Exception as problem:
        told = "away" if is_away(problem) else repr(problem)
    return [told, time.monotonic() - began]

def ask_by(many):
    return list(eventlet.GreenPool(many).imap(lambda _n: ask(), range(many)))

def tell(**named):
    facts.append(named)
"""


def told_by(url: str, steps: str, *, way: str = "by the hole") -> list[dict]:
    """What a program says whose every line to the database goes through a hole that can open."""
    program = f"{PROGRAM}\n{steps}\nprint(json.dumps(facts))"
    ended = subprocess.run(
        [sys.executable, "-c", program, url, way], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_everybody_is_told_of_a_silent_database_in_two_seconds_and_then_at_once(postgres_url):
    # Some wait for an answer, some for a connection being made, the rest for one to be free.
    steps = """
ask()
swallowing = True
first = ask_by(8)
tell(first=first, then=ask_by(8), silent=store.silent)
"""
    [facts] = told_by(postgres_url, steps)
    assert {told for told, _ in facts["first"] + facts["then"]} == {"away"}
    assert facts["silent"]
    # Wanted: 2, on a quiet machine; TCP by itself would tell after 10.
    assert max(seconds for _, seconds in facts["first"]) <= 6.0
    assert max(seconds for _, seconds in facts["then"]) <= 1.0


def test_it_is_asked_again_as_soon_as_it_gives_a_sign(postgres_url):
    steps = """
swallowing = True
ask()
swallowing = False
with eventlet.Timeout(10):
    while store.silent:
        eventlet.sleep(0.05)
tell(after=ask_by(3))
"""
    [facts] = told_by(postgres_url, steps)
    assert {told for told, _ in facts["after"]} == {"done"}


def test_a_slow_statement_alone_on_the_line_is_waited_for(postgres_url):
    steps = """
slow = ask("SELECT pg_sleep(3)")
tell(slow=slow, silent=store.silent)
"""
    [facts] = told_by(postgres_url, steps)
    assert facts["slow"][0] == "done"
    assert not facts["silent"]


def test_a_hub_that_stands_still_does_not_take_its_own_silence_for_the_databases(postgres_url):
    steps = """
import eventlet.patcher
stand_still = eventlet.patcher.original("time").sleep
asking = eventlet.spawn(ask, "SELECT pg_sleep(4)")
for _ in range(3):
    eventlet.sleep(0.1)
    stand_still(1.5)
slow = asking.wait()
tell(slow=slow)
"""
    # The hole would stand still with the hub.
    [facts] = told_by(postgres_url, steps, way="straight")
    assert facts["slow"][0] == "done"
