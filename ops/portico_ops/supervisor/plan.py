"""What the supervisor is to run, and what it says of it: files in `.portico/run/`."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PID_FILE = "supervisor.pid"


@dataclass(frozen=True, kw_only=True)
class Child:
    """One copy of a process: its words, its whole environment, the port that tells its health.

    By `nice` it gives way to those without, as the kernel counts it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    nice: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that runs at one time. `servers` describes our own PostgreSQL and broker, if any."""

    children: tuple[Child, ...]
    servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    public_url: str = ""
    offset: int = 0
    sandbox: bool = True

    def child(self, name: str) -> Child | None:
        return next((child for child in self.children if child.name == name), None)


@dataclass(frozen=True, kw_only=True)
class ChildState:
    """How one process fares. `started_at` is in seconds since 1970, UTC."""

    state: str
    pid: int | None = None
    started_at: float | None = None
    restarts: int = 0


def write_plan(folder: Path, plan: Plan) -> None:
    """Keep the plan, readable by its owner alone: it holds secrets."""
    _write(folder / "plan.json", asdict(plan))


def read_plan(folder: Path) -> Plan | None:
    """The plan of the last `up`, or None when there was none."""
    read = _read(folder / "plan.json")
    if read is None:
        return None
    children = tuple(
        Child(**{**child, "command": tuple(child["command"])}) for child in read.pop("children")
    )
    return Plan(children=children, **read)


def write_states(folder: Path, states: Mapping[str, ChildState]) -> None:
    _write(folder / "state.json", {name: asdict(state) for name, state in states.items()})


def read_states(folder: Path) -> dict[str, ChildState]:
    """What the supervisor last said; empty when it has said nothing."""
    read = _read(folder / "state.json") or {}
    return {name: ChildState(**state) for name, state in read.items()}


def forget_states(folder: Path) -> None:
    """Let what an earlier supervisor said not be taken for the word of the next."""
    (folder / "state.json").unlink(missing_ok=True)


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(value, file)
    half.rename(path)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
