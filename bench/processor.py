"""Where the processors' time goes: seconds of each process while something is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from bench.figures import Figure, figure
from bench.house import House
from bench.load import Outcome
from portico_ops.lifecycle import fares


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Milliseconds of processor per answer, by process."""

    by_process: dict[str, float]

    def figures(self, prefix: str) -> list[Figure]:
        """One entry a process that costs something worth naming."""
        return [
            figure(f"{prefix}_cpu_{name}", value, "ms a request")
            for name, value in sorted(self.by_process.items(), key=lambda item: -item[1])
            if value >= 0.02
        ]


def processor_time(
    house: House, work: Callable[[], Outcome], *, others: Sequence[tuple[str, int]]
) -> Cost:
    """Do the work once more and note what each process of ours, and `others`, spent on it."""
    watched = [(fare.name, fare.pid) for fare in fares(house.home) if fare.pid] + list(others)
    before = {name: _seconds(pid) for name, pid in watched}
    outcome = work()
    answered = len(outcome.milliseconds)
    spent = {name: _seconds(pid) - before[name] for name, pid in watched}
    return Cost(by_process={name: 1000 * took / answered for name, took in spent.items()})


def _seconds(pid: int) -> float:
    """User and system time of a process and its children, ended ones included."""
    process = psutil.Process(pid)
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            used = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total
