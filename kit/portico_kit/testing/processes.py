"""Services as real processes in tests: start, wait until ready, kill, start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from .keys import environment

READY_WITHIN = 90.0  # on a busy machine; one that ends is noticed at once


class NotReady(Exception):
    """A process ended or did not become ready in time; the text is the end of its output."""


class ServiceProcess:
    """One service process: ``service`` is ``package.module:Class``, or ``-m`` module's name."""

    def __init__(self, arguments: list[str], settings: Mapping[str, str], output: Path) -> None:
        self.arguments = arguments
        self.port = free_port()
        self.output = output
        self.settings = {**environment(), **settings, "PORTICO_HEALTH_PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None

    @classmethod
    def service(
        cls, service: str, *, database_url: str, amqp_url: str, output: Path, **settings: str
    ) -> ServiceProcess:
        """A service run by the kit's runner."""
        known = {"PORTICO_DATABASE_URL": database_url, "PORTICO_AMQP_URL": amqp_url}
        return cls(["-m", "portico_kit.runner", service], known | settings, output)

    def start(self, *, wait: bool = True) -> ServiceProcess:
        """Start, and wait until /ready says so. Raises NotReady."""
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments],
                env={**os.environ, **self.settings},
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Raises NotReady when the process ends or stays unready."""
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                break
            if self._is_ready():
                return
            time.sleep(0.05)
        raise NotReady(self.output.read_text()[-3000:])

    def kill(self) -> None:
        """SIGKILL: what a crash looks like."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        return self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
