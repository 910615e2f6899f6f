"""Watching what must not grow: memory, open files, greenlets and database sessions, by process."""

from __future__ import annotations

import re
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from portico_ops.processes import SERVICES
from tests.chaos.stage import Stage

MEGABYTE = 1_000_000
WARM_AFTER = 90.0  # seconds of a life that are not counted: caches and pools fill
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
GREENLETS = re.compile(r"^portico_greenlets (\S+)", re.M)
Point = tuple[float, float]


@dataclass
class Watch:
    """Samples by what is measured, process and life: a process that was killed starts anew."""

    stage: Stage
    warm_after: float = WARM_AFTER
    _lives: dict[str, dict[tuple[str, int], list[Point]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _born: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Take one sample of every process that is up."""
        for name in self.stage.names:
            pid = self.stage.pid(name)
            if pid is None or name == "sandbox":
                continue
            born = self._born.setdefault(pid, time.monotonic())
            if time.monotonic() - born < self.warm_after:
                continue
            with suppress(psutil.Error, OSError):
                self._look_at(name, pid)

    def slopes(self, what: str) -> dict[str, float]:
        """By how much it grows an hour, by process: least squares, each life around its middle."""
        by_name: dict[str, list[list[Point]]] = defaultdict(list)
        for (name, _pid), points in self._lives[what].items():
            by_name[name].append(points)
        return {name: 3600 * slope(lives) for name, lives in by_name.items()}

    def _look_at(self, name: str, pid: int) -> None:
        process, now = psutil.Process(pid), time.monotonic()
        found = {"memory": process.memory_info().rss / MEGABYTE, "open files": process.num_fds()}
        if name in SERVICES:
            found["database sessions"] = self.stage.rows(name, SESSIONS, (name,))[0][0]
        if (number := greenlets(self.stage.port(name))) is not None:
            found["greenlets"] = number
        for what, value in found.items():
            self._lives[what][name, pid].append((now, float(value)))


def greenlets(port: int) -> float | None:
    """How many a process says that it has."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        found = GREENLETS.search(answer.read().decode())
    return float(found[1]) if found else None


def slope(lives: Iterable[list[Point]]) -> float:
    """Units a second, by least squares over several lives, each with a level of its own."""
    above = below = 0.0
    for points in lives:
        middle_at = sum(at for at, _ in points) / len(points)
        middle = sum(value for _, value in points) / len(points)
        above += sum((at - middle_at) * (value - middle) for at, value in points)
        below += sum((at - middle_at) ** 2 for at, _ in points)
    return above / below if below else 0.0
