"""Where the processors' time goes: seconds of each process while something is measured."""

from __future__ import annotations

import resource
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
    house: House, work: Callable[[], Outcome], *, others: Sequence[tuple[str, int]] = ()
) -> tuple[Outcome, Cost]:
    """Do the work and note what each process of ours, and `others`, spent on it."""
    watched = [(fare.name, fare.pid) for fare in fares(house.home) if fare.pid] + list(others)
    before, busy, client = {name: _seconds(pid) for name, pid in watched}, _busy(), _clients()
    outcome = work()
    answered = len(outcome.milliseconds)
    spent = {name: _seconds(pid) - before[name] for name, pid in watched}
    spent["client"] = _clients() - client
    # What nobody of ours used: a machine that is busy with other things shows here.
    spent["elsewhere"] = max(0.0, _busy() - busy - sum(spent.values()))
    costs = {name: 1000 * took / answered for name, took in spent.items()}
    return outcome, Cost(by_process=costs)


def _busy() -> float:
    """Seconds that all processors together have worked since the machine started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + getattr(times, "steal", 0.0))


def _clients() -> float:
    """Seconds that our load clients have used; each counts once it has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
