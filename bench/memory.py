"""idle_memory: what the whole stack holds when nobody asks anything.

Proportional size (PSS): a page that several processes share counts once, in parts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

from bench.baselines.stock import stock_services
from bench.figures import Figure, figure
from bench.house import House
from portico_ops.lifecycle import fares, supervisor_pid

SERVERS = ("postgres", "rabbitmq")
MEGABYTE = 1_000_000
STARTED_WITHIN = 4.0


@dataclass(frozen=True, kw_only=True)
class Held:
    """Megabytes by process; a server stands for all its workers."""

    by_name: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.by_name.values())

    @property
    def servers(self) -> float:
        return sum(self.by_name[name] for name in SERVERS)

    @property
    def largest(self) -> tuple[str, float]:
        """The Python process that holds most."""
        ours = {n: size for n, size in self.by_name.items() if n not in SERVERS}
        name = max(ours, key=lambda each: ours[each])
        return name, ours[name]


def measure(house: House, *, still_seconds: float) -> list[Figure]:
    """The stack after a while of quiet, beside its servers alone and one bare nameko process."""
    time.sleep(still_seconds)
    held = held_by(house)
    with stock_services(house, "stock_lab:StockLab", database_url=house.admin_url()) as stock:
        time.sleep(STARTED_WITHIN)
        bare = _family(stock[0].pid)
    name, size = held.largest
    return [
        figure("idle_memory", held.total, "MB", baseline=held.servers, wanted="< 1,200 MB",
               holds=lambda value: value < 1200),
        figure("idle_memory_largest_python", size, f"MB ({name})", baseline=bare,
               wanted="< 130 MB", holds=lambda value: value < 130),
        *(figure(f"idle_memory_{each}", value, "MB") for each, value in held.by_name.items()),
    ]  # fmt: skip


def held_by(house: House) -> Held:
    """Megabytes of every process of the installation, the supervisor included."""
    pids = [(fare.name, fare.pid) for fare in fares(house.home)]
    held = {name: _family(pid) for name, pid in pids if pid is not None}
    # Everybody is the supervisor's child, so it alone is looked at alone.
    supervisor = psutil.Process(supervisor_pid(house.home))
    return Held(by_name={**held, "supervisor": _size(supervisor)})


def _family(pid: int) -> float:
    """A process and all that it has started."""
    process = psutil.Process(pid)
    return sum(_size(each) for each in (process, *process.children(recursive=True)))


def _size(process: psutil.Process) -> float:
    try:
        full = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0.0
    # Linux tells the proportional size; elsewhere only the resident one is known.
    return float(getattr(full, "pss", full.rss)) / MEGABYTE
