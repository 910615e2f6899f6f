"""The report: everything that the world knows and the databases do not, by id, without content."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from portico_ops.backup.manifest import open_private
from portico_ops.restoring.ahead import Ahead
from portico_ops.restoring.rest import Rest

FILE, DRAINED, PAYMENTS = "report.json", "drained.ndjson", "payments.ndjson"


@dataclass(kw_only=True)
class Report:
    """What a reconciling found. `held` and `rest` are a restore's alone."""

    since: datetime
    at: datetime
    ahead: Ahead
    payments: list[dict[str, Any]] = field(default_factory=list)
    payments_not_asked: str | None = None
    held: list[dict[str, Any]] = field(default_factory=list)
    rest: Rest = field(default_factory=Rest)
    kept_databases: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether nothing that was done since that moment can be missing in it."""
        return not self.ahead.complete_from and self.payments_not_asked is None

    def write(self, folder: Path) -> Path:
        """Into a file that only its owner can read; its path."""
        path = folder / FILE
        with open_private(path) as file:
            json.dump(self._facts(), file, indent=1, default=str)
        return path

    def lines(self) -> Iterator[str]:
        """What a person is told at once."""
        ahead = self.ahead
        yield f"Ahead of {self.since:%Y-%m-%d %H:%M:%S} UTC, and in no database any more:"
        yield from _counted("events", (event["name"] for event in ahead.events.values()))
        yield from _counted("changes", (_method(act) for act in ahead.acts.values()))
        yield f"  reads: {ahead.reads.total()}"
        yield from _counted("payments", (fact["outcome"] for fact in self.payments))
        yield from _counted("mail and texts held back", (row["kind"] for row in self.held))
        if self.payments_not_asked:
            yield f"The card processor was not asked: {self.payments_not_asked}"
        for name, moment in ahead.complete_from.items():
            yield f"{name} reaches back to {moment} only: before that, something may be missing."

    def _facts(self) -> dict[str, Any]:
        ahead, rest = self.ahead, self.rest
        return {
            "since": self.since,
            "at": self.at,
            "complete": self.is_complete,
            "complete_from": ahead.complete_from,
            "events": list(ahead.events.values()),
            "changes": list(ahead.acts.values()),
            "reads": dict(ahead.reads),
            "put_into_ledger": ahead.put_into_ledger,
            "payments": self.payments,
            "payments_not_asked": self.payments_not_asked,
            "held": self.held,
            "taken_out_of_queues": dict(ahead.drained),
            "heard_now": dict(rest.applied),
            "failed_now": rest.failed,
            "audit_rows_shipped_again": rest.shipped_again,
            "kept_databases": self.kept_databases,
        }


def note(path: Path, facts: Iterable[dict[str, Any]]) -> None:
    """Add facts to a file, each as it comes, so that one who is interrupted forgets none."""
    with open_private(path, "a") as file:
        for fact in facts:
            file.write(json.dumps(fact, default=str) + "\n")
            file.flush()


def noted(path: Path) -> list[dict[str, Any]]:
    """What was noted of each payment: the last that was done about it."""
    last: dict[str, dict[str, Any]] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        fact = json.loads(line)
        number = str(fact["payment_id"] or fact["intent_id"])
        # Seen again by one who was called again, what was closed before is merely over.
        if fact["outcome"] != "over" or number not in last:
            last[number] = fact
    return list(last.values())


def _method(act: dict[str, Any]) -> str:
    return f"{act['service']}.{act['method']}"


def _counted(title: str, names: Iterable[str]) -> Iterator[str]:
    counts = Counter(names)
    yield f"  {title}: {counts.total()}"
    for name, count in sorted(counts.items()):
        yield f"    {count:>6} {name}"
