"""The samples lie beside the tests; a browser and a small server are shared by those that look."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parent))

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def front_address() -> Iterator[str]:
    """The samples, served on loopback with the headers of production."""
    from front_server import application

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(application(), host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait_for(port)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(5)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the sample server did not start")


# Ends with its module: Playwright holds the thread's event loop for as long as it lives.
@pytest.fixture(scope="module")
def front_browser() -> Iterator[object]:
    """Debian's Chromium; without one these tests say that they were left out, and why."""
    chromium = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))), "")
    if not chromium:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()
