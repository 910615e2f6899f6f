"""A sandbox of our own, as a process on free ports, and a portal that hears its callbacks."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from portico_ops.servers import free_port

PATIENCE = 90.0  # seconds; on a busy machine a process takes its time
SMS_ACCOUNT = "ACtest"
SMS_TOKEN = "sms-token"
CARD_SECRET = "sk_test_sandbox"
WEBHOOK_SECRET = "whsec_test"


@dataclass
class Call:
    """One request that the portal got from the sandbox."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Portal:
    """Stands for the portal: keeps what it is told, and can refuse first, or answer late."""

    port: int
    calls: queue.Queue[Call] = field(default_factory=queue.Queue)
    answers: list[int] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def next_call(self, wanted: Callable[[Call], bool] = lambda call: True) -> Call:
        """The next call that is `wanted`; others are passed over."""
        while True:
            call = self.calls.get(timeout=PATIENCE)
            if wanted(call):
                return call


@dataclass
class RunningSandbox:
    """The started process and how to reach it."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    web: httpx.Client
    smtp_port: int

    def stop(self) -> None:
        self.process.terminate()
        # uvicorn ends in order, then hands the signal on.
        assert self.process.wait(timeout=PATIENCE) in (0, -signal.SIGTERM)


def start_sandbox(*, directory: Path, portal_port: int, **more: str) -> RunningSandbox:
    web_port, smtp_port = free_port(), free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PORTICO_")},
        "PORTICO_SANDBOX_PORT": str(web_port),
        "PORTICO_SANDBOX_SMTP_PORT": str(smtp_port),
        "PORTICO_SANDBOX_DIRECTORY": str(directory),
        "PORTICO_SMS_ACCOUNT": SMS_ACCOUNT,
        "PORTICO_SMS_TOKEN": SMS_TOKEN,
        "PORTICO_CARD_SECRET": CARD_SECRET,
        "PORTICO_CARD_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "PORTICO_CARD_WEBHOOK_URL": f"http://127.0.0.1:{portal_port}/webhooks/card",
        **more,
    }
    process = subprocess.Popen([sys.executable, "-m", "portico_ops.sandbox"], env=environment)
    web = httpx.Client(base_url=f"http://127.0.0.1:{web_port}", trust_env=False, timeout=35)
    _wait_until_ready(process, web)
    return RunningSandbox(process, environment, web, smtp_port)


def _wait_until_ready(process: subprocess.Popen[bytes], web: httpx.Client) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if web.get("/ready").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)  # the port is not open yet: there is nothing to wait on
    process.kill()
    raise AssertionError("the sandbox did not start")


@contextmanager
def listening_portal() -> Iterator[Portal]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.calls.put(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            heard.may_answer.wait(PATIENCE)
            self.send_response(heard.answers.pop(0) if heard.answers else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard = Portal(port=server.server_address[1])
    heard.may_answer.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def shared_portal() -> Iterator[Portal]:
    with listening_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def shared_sandbox(
    tmp_path_factory: pytest.TempPathFactory, shared_portal: Portal
) -> Iterator[RunningSandbox]:
    directory = tmp_path_factory.mktemp("sandbox")
    running = start_sandbox(directory=directory, portal_port=shared_portal.port)
    yield running
    running.stop()


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> RunningSandbox:
    """The shared sandbox, with no mail and no texts in it."""
    shared_sandbox.web.delete("/api/mail")
    shared_sandbox.web.delete("/api/texts")
    return shared_sandbox


@pytest.fixture
def portal(shared_portal: Portal) -> Portal:
    """What the shared sandbox calls back; calls about earlier tests' payments may still come."""
    return shared_portal


@pytest.fixture
def own_portal() -> Iterator[Portal]:
    """A portal that no other test's sandbox knows."""
    with listening_portal() as portal:
        yield portal


@pytest.fixture
def own_sandbox(tmp_path: Path, own_portal: Portal) -> Iterator[RunningSandbox]:
    """A sandbox that no other test uses."""
    running = start_sandbox(directory=tmp_path / "sandbox", portal_port=own_portal.port)
    yield running
    running.stop()
