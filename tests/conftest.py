"""The whole system, running: what `make up` starts, in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
import pytest

from portico_ops.processes import (
    BROKER_PORT,
    GATEWAY_PORT,
    POSTGRES_PORT,
    PROCESSES,
    SANDBOX_WEB_PORT,
)
from portico_ops.sandbox.practice.house import SIGN_IN_PASSWORD

ROOT = Path(__file__).resolve().parents[1]
BASES = {POSTGRES_PORT, *range(BROKER_PORT, BROKER_PORT + 3)}.union(
    *(process.ports.values() for process in PROCESSES)
)
START_WITHIN = 240
WARNED = re.compile(r'^(?!.*library\.said).*"level": ?"(warning|error|critical)"')
MOMENT = re.compile(r'"\d{4}-\d\d-\d\dT[^"]+"')
MOST_WARNINGS = 20
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

    def newest(self, kind: str, to: str) -> int:
        """The number of the newest of the `mail` or `texts` to someone: the next comes `after`."""
        return max((item["id"] for item in self._sent(kind, to)), default=0)

    def database_url(self, service: str) -> str:
        """A service's database, as the server's superuser."""
        port = POSTGRES_PORT + int(self.environment["PORTICO_PORT_OFFSET"])
        password = (self.folder / "secrets" / "postgres-password").read_text().strip()
        return f"postgresql://postgres:{password}@127.0.0.1:{port}/{service}"

    def _arrived(self, kind: str, to: str, after: int, wait: int) -> dict[str, Any]:
        items = self._sent(kind, to, after=after, wait=wait)
        assert items, f"no {kind} for {to} within {wait} s"
        return items[-1]

    def _sent(self, kind: str, to: str, *, after: int = 0, wait: int = 0) -> list[dict[str, Any]]:
        asked = urlencode({"to": to, "after": after, "wait": wait})
        address = f"{self.sandbox_url}/api/{kind}?{asked}"
        with urllib.request.urlopen(address, timeout=wait + 20) as reply:
            return list(json.load(reply)["items"])


@dataclass
class Person:
    """Somebody signed in by the API."""

    client: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        """The answer, which must be a success."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, key: str | None = None, **body: Any) -> httpx.Response:
        """The answer, whatever it is."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(path, json=body, headers=headers)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal for all tests of the run; it ends with them."""
    running = os.environ.get("PORTICO_TEST_PORTAL")
    if running:
        # One that runs already (`make up`): quicker while writing a test; it is not ended.
        yield _portal(Path(running), int(os.environ.get("PORTICO_PORT_OFFSET", "0")))
        return
    made = _portal(tmp_path_factory.mktemp("portal"), _free_offset())
    try:
        started = made.portico("up", check=False)
        assert started.returncode == 0, started.stdout + started.stderr
        yield made
    finally:
        made.portico("down", check=False)


@pytest.fixture(scope="session")
def person(portal) -> Iterator[Callable[[str], Person]]:
    """``person("maria")``: signed in once a run."""
    known: dict[str, Person] = {}

    def sign_in(name: str) -> Person:
        if name not in known:
            client = httpx.Client(base_url=f"{portal.url}/api/v1", timeout=30)
            given = {"login": f"{name}@cedargrove.example", "password": portal.password}
            session = client.post("/sessions", json=given).json()["session"]
            client.headers["Authorization"] = f"Bearer {session}"
            known[name] = Person(client)
        return known[name]

    yield sign_in
    for each in known.values():
        each.client.close()


@pytest.fixture
def accounts(portal) -> Iterator[psycopg.Connection]:
    """Identity's database. The portal is shared: afterwards passwords are what they were, whoever
    a new password signed out is signed in again, and no try or way back in is left."""
    with psycopg.connect(portal.database_url("identity"), autocommit=True) as connection:
        before = connection.execute("SELECT id, password_hash FROM account").fetchall()
        yield connection
        for account_id, password_hash in before:
            back = "UPDATE account SET password_hash = %s WHERE id = %s"
            connection.execute(back, (password_hash, account_id))
        why = ["password_reset", "password_changed", "factor_changed"]
        connection.execute("UPDATE session SET ended_at = NULL WHERE ended_why = ANY(%s)", (why,))
        for table in ("recovery", "link_wish", "second_factor", "recovery_code", "text_code",
                      "challenge", "tries"):  # fmt: skip
            connection.execute(f"DELETE FROM {table}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Beside a failure on the portal stands what its processes warned of last."""
    report = yield
    portal = getattr(item, "funcargs", {}).get("portal")
    if report.failed and portal is not None:
        lines = [line for line in portal.logs().splitlines() if WARNED.search(line)]
        told = "\n".join(sorted(lines, key=_moment)[-MOST_WARNINGS:])
        report.sections.append(("what the portal warned of last", told))
    return report


def _moment(line: str) -> str:
    found = MOMENT.search(line)
    return found.group() if found else ""


def _portal(folder: Path, offset: int) -> Portal:
    environment = {k: v for k, v in os.environ.items() if k not in SERVER_VARIABLES}
    environment |= {
        "PORTICO_DIRECTORY": str(folder),
        "PORTICO_PORT_OFFSET": str(offset),
        "PORTICO_RETRY_DELAYS": "1,2,5,10",
    }
    return Portal(
        url=f"http://127.0.0.1:{GATEWAY_PORT + offset}",
        sandbox_url=f"http://127.0.0.1:{SANDBOX_WEB_PORT + offset}",
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
