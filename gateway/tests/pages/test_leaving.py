"""A gateway that is told to stop: first it sends people elsewhere, then it ends."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.live import Live
from portico_kit.testing.processes import free_port
from portico_kit.testing.waiting import eventually


@pytest.fixture
def running() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    # Nobody listens at that broker's address; health and leaving do not need one.
    known = {"PORTICO_AMQP_URL": "amqp://nobody:x@127.0.0.1:1/", "PORTICO_RECORDS_URL": "http://x"}
    words = ["-m", "uvicorn", "--factory", "gateway.app:create", "--port", str(port)]
    made = subprocess.Popen([sys.executable, *words], env={**os.environ, **known})
    yield made, port
    made.kill()
    made.wait()


def look(line: http.client.HTTPConnection) -> tuple[int, str | None]:
    line.request("GET", "/ready")
    answer = line.getresponse()
    answer.read()
    return answer.status, answer.getheader("Connection")


def test_it_is_not_ready_first_and_ends_its_lines_and_then_itself(running):
    process, port = running
    kept = http.client.HTTPConnection("127.0.0.1", port)

    def answers() -> bool:
        try:
            return look(kept) == (200, None)
        except OSError:
            kept.close()
            return False

    eventually(answers, within=60, what="the gateway ready")
    process.send_signal(signal.SIGTERM)
    seen = eventually(lambda: (found := look(kept))[0] == 503 and found, within=30)
    assert seen == (503, "close")
    assert process.wait(timeout=60) == -signal.SIGTERM


@pytest.mark.asyncio
async def test_no_stream_outlives_the_copy_that_leaves():
    live = Live()
    live.end()
    parts = [part async for part in live._events(Someone(), bool, nothing, nothing)]
    assert len(parts) == 1 and parts[0].startswith(b": open\n\n")


async def nothing(_event=None) -> None:
    """Neither news between page and stream, nor any of an event."""


class Someone:
    """As much of a visitor as a stream needs to be registered."""

    class session:
        secret = session_id = "x" * 20
