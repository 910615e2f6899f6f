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


def start(url: str, kind: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, url, kind], capture_output=True, text=True, timeout=60
    )


def test_blocking_the_hub_is_refused(postgres_url):
    ended = start(postgres_url, "as psycopg comes")
    assert ended.returncode == 1
    assert "HubBlocked" in ended.stderr


def test_waiting_by_the_hub_is_accepted(postgres_url):
    ended = start(postgres_url, "green")
    assert ended.returncode == 0, ended.stderr
