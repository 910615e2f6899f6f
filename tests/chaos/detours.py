"""The installation that is attacked: services that go to their servers by way of the proxies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portico_ops.home import Home
from portico_ops.installation import Installation
from portico_ops.processes import SERVICES, Job, Process

FAIL_POINT_FILE = "PORTICO_FAIL_POINT_FILE"
# All addresses are numbers here: eventlet's resolver would only be loaded, by each process that
# starts, for a seventh of its start.
LEAN = {"EVENTLET_NO_GREENDNS": "yes"}


@dataclass(frozen=True, kw_only=True)
class DetouredInstallation(Installation):
    """An installation whose services go another way to the ports that `detours` names."""

    detours: Mapping[int, int] = field(default_factory=dict)

    def environment(
        self, process: Process | Job, *, secrets: Mapping[str, str], copy: int = 0
    ) -> dict[str, str]:
        """Every variable of one copy of a process; addresses of servers lead through proxies."""
        values = super().environment(process, secrets=secrets, copy=copy)
        if process.name == "sandbox":
            return {**values, "PORTICO_SANDBOX_KEEP": "1000000"}  # the oracle wants all of it
        if process.name not in (*SERVICES, "relay", "gateway"):
            return values
        values = {name: self._detoured(process, name, text) for name, text in values.items()}
        armed = {FAIL_POINT_FILE: str(fail_point_file(self.home, process.name, copy))}
        return {**values, **LEAN, **armed}

    def _detoured(self, process: Process | Job, name: str, text: str) -> str:
        if process.name == "gateway" and not name.endswith("AMQP_URL"):
            return text  # the addresses that it shows to browsers
        for port, way in self.detours.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{way}")
        return text


def fail_point_file(home: Home, process: str, copy: int = 0) -> Path:
    """The file that may name the place where a process is to end."""
    name = process if copy == 0 else f"{process}-{copy + 1}"
    return home.run / f"{name}.fail-point"
