"""The whole system, running: what `make up` starts, in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portico_ops.sandbox.practice.house import SIGN_IN_PASSWORD

ROOT = Path(__file__).resolve().parents[1]
BASES = (8000, 8025, 8026, *range(8101, 8108), 8432, 8672, 8673, 8674)
START_WITHIN = 240
SERVER_VARIABLES = ("PORTICO_POSTGRES_URL", "PORTICO_AMQP_URL")


@dataclass(frozen=True)
class Portal:
    """A running portal with the sandbox's practice in it."""

    url: str
    sandbox_url: str
    folder: Path
    environment: dict[str, str]
    password: str = SIGN_IN_PASSWORD

    def portico(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the `portico` command on this portal."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("portico")), *arguments],
            env=self.environment,
            cwd=ROOT,
            check=check,
            capture_output=True,
            text=True,
            timeout=START_WITHIN,
        )

    def logs(self) -> str:
        """Everything that every process has written."""
        return "".join(p.read_text() for p in sorted((self.folder / "logs").glob("*.log*")))

    def mail(self, to: str, *, after: int = 0, wait: int = 20) -> dict[str, Any]:
        """The next mail to an address, waiting for it to arrive."""
        return self._arrived("mail", to, after, wait)

    def text(self, to: str, *, after: int = 0, wait: int = 20) -> dict[str, Any]:
        """The next text message to a number, waiting for it to arrive."""
        return self._arrived("texts", to, after, wait)

    def _arrived(self, kind: str, to: str, after: int, wait: int) -> dict[str, Any]:
        address = f"{self.sandbox_url}/api/{kind}?to={to.replace('+', '%2B')}&after={after}"
        with urllib.request.urlopen(f"{address}&wait={wait}", timeout=wait + 5) as reply:
            found = json.load(reply)
        items = found["items"] if isinstance(found, dict) else found
        assert items, f"no {kind} for {to} within {wait} s"
        return dict(items[-1])


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal for all tests of the run; it ends with them."""
    running = os.environ.get("PORTICO_TEST_PORTAL")
    if running:
        # One that runs already (`make up`): quicker while writing a test; it is not ended.
        yield _portal(Path(running), int(os.environ.get("PORTICO_PORT_OFFSET", "0")))
        return
    made = _portal(tmp_path_factory.mktemp("portal"), _free_offset())
    started = made.portico("up", check=False)
    assert started.returncode == 0, started.stdout + started.stderr
    yield made
    made.portico("down", check=False)


def _portal(folder: Path, offset: int) -> Portal:
    environment = {k: v for k, v in os.environ.items() if k not in SERVER_VARIABLES}
    environment |= {
        "PORTICO_DIRECTORY": str(folder),
        "PORTICO_PORT_OFFSET": str(offset),
        "PORTICO_RETRY_DELAYS": "1,2,5,10",
    }
    return Portal(
        url=f"http://127.0.0.1:{8000 + offset}",
        sandbox_url=f"http://127.0.0.1:{8026 + offset}",
        folder=folder,
        environment=environment,
    )


def _free_offset() -> int:
    for offset in range(20_000, 30_000, 137):
        if all(_is_free(base + offset) for base in BASES):
            return offset
    raise AssertionError("no free ports for a portal")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
