"""What the attacks measured: kept while they run, written where PORTICO_CHAOS_RECORD says.

One JSON object, a test's node id to what came of it. A file that is there already is added to, so
that the points of a long run can be run on different days: each result has its own date.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from tests.chaos.length import Length, seed_asked_for


@dataclass
class Result:
    """What came of one test, and what it measured. ``at`` is when it began, in UTC."""

    at: str
    outcome: str = "not ended"
    seconds: float = 0.0
    why: str = ""
    broker: str = ""  # the RabbitMQ that it ran on, where that is not this machine's own
    load: float = 0.0  # of the machine when it ended: processes that want to run, for each core
    figures: list[Figure] = field(default_factory=list)


@dataclass
class Record:
    """The results of one run, by the test that had them."""

    found: dict[str, Result] = field(default_factory=dict)

    def result(self, test: str) -> Result:
        """A test's result, begun now where there is none."""
        now = datetime.now(UTC).isoformat(timespec="minutes")
        return self.found.setdefault(test, Result(at=now))

    def ended(
        self, test: str, *, outcome: str, seconds: float, why: str = "", broker: str = ""
    ) -> None:
        """How a test ended; the worst of its phases counts."""
        result = self.result(test)
        result.broker = broker
        result.seconds = round(result.seconds + seconds, 1)
        result.load = round(os.getloadavg()[0] / (os.cpu_count() or 1), 1)
        if result.outcome in ("not ended", "passed"):
            result.outcome, result.why = outcome, why

    def write(self) -> None:
        """Into the JSON file that is asked for, if one is."""
        asked = os.environ.get("PORTICO_CHAOS_RECORD")
        if not asked:
            return
        with Path(asked).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the suite may run in two processes side by side
            self._add_to(Path(asked))

    def _add_to(self, path: Path) -> None:
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        run = {"long": Length.asked_for().long, "seed": seed_asked_for()}
        for test, result in self.found.items():
            # Beside what came of it on this machine's own broker, never in its place.
            name = f"{test} on RabbitMQ {result.broker}" if result.broker else test
            known[name] = {**asdict(result), **run}
        path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def broker_in_a_folder() -> str:
    """The version of the RabbitMQ that PORTICO_RABBITMQ_ROOT names; "" where it names none."""
    root = os.environ.get("PORTICO_RABBITMQ_ROOT")
    found = sorted(Path(root or "/nowhere").glob("usr/lib/rabbitmq/lib/rabbitmq_server-*"))
    return found[-1].name.rpartition("-")[2] if found else ""


@dataclass(frozen=True)
class Notes:
    """One test's way into the record."""

    record: Record
    test: str

    def note(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        wanted: str | None = None,
        holds: Callable[[float], bool] | None = None,
        **more: Any,
    ) -> None:
        """Keep a figure; where it has to hold something, AssertionError if it does not."""
        made = figure(name, value, unit, wanted=wanted, holds=holds, **more)
        self.record.result(self.test).figures.append(made)
        assert made.holds is not False, f"{name}: {value} {unit}, wanted {wanted}"
