"""A service whose database waits would stop the hub is refused at start."""

import subprocess
import sys

PROGRAM = """
import eventlet
eventlet.monkey_patch()
import sys
from portico_kit import green
from portico_kit.database import connect
if sys.argv[2] == "green":
    green.install()
green.refuse_a_blocked_hub(connect(sys.argv[1]))
"""


SILENCE = """
import eventlet
eventlet.monkey_patch()
import sys
from portico_kit import green
from portico_kit.database import connect, is_away
green.install()
green.SILENCE = 0.3
engine = connect(sys.argv[1], connections=1)
try:
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(30)")
except Exception as problem:
    print("away" if is_away(problem) else problem)
with engine.begin() as connection:
    print(connection.exec_driver_sql("SELECT 'back'").scalar_one())
with eventlet.Timeout(0.1, False), engine.begin() as connection:
    green.SILENCE = 5
    connection.exec_driver_sql("SELECT pg_sleep(30)")
    print("a deadline from outside was swallowed")
"""


def start(url: str, kind: str, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, url, kind], capture_output=True, text=True, timeout=60
    )


def test_blocking_the_hub_is_refused(postgres_url):
    ended = start(postgres_url, "as psycopg comes")
    assert ended.returncode == 1
    assert "HubBlocked" in ended.stderr


def test_waiting_by_the_hub_is_accepted(postgres_url):
    ended = start(postgres_url, "green")
    assert ended.returncode == 0, ended.stderr


def test_a_server_that_falls_silent_is_given_up_and_its_connection_with_it(postgres_url):
    ended = start(postgres_url, "green", SILENCE)
    assert ended.stdout.split() == ["away", "back"], ended.stderr
