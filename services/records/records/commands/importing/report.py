"""What became of an import: counts by type, what was kept aside and why, what was refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Outcome = Literal["taken", "skipped", "refused"]


@dataclass(slots=True)
class FileReport:
    """One file. ``kept`` counts (type, reason); ``entry`` is where a refused file broke."""

    path: Path
    outcome: Outcome = "taken"
    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    reason: str | None = None
    entry: int | None = None

    def totals(self) -> dict[str, Any]:
        """Plain numbers for the database: no text of any resource."""
        return {
            "added": dict(self.added),
            "changed": dict(self.changed),
            "unchanged": sum(self.unchanged.values()),
            "kept": [{"type": t, "reason": r, "count": n} for (t, r), n in self.kept.items()],
        }


@dataclass(slots=True)
class RunReport:
    """A whole import. ``waiting`` resources have a patient reference that nothing answers yet."""

    source: str
    files: list[FileReport] = field(default_factory=list)
    joined: int = 0
    waiting: int = 0

    def sum_of(self, member: Literal["added", "changed", "unchanged", "kept"]) -> Counter[Any]:
        """The counts of all files together."""
        total: Counter[Any] = Counter()
        for report in self.files:
            total.update(getattr(report, member))
        return total

    def with_outcome(self, outcome: Outcome) -> list[FileReport]:
        return [f for f in self.files if f.outcome == outcome]

    def totals(self) -> dict[str, Any]:
        return {
            "files": {o: len(self.with_outcome(o)) for o in ("taken", "skipped", "refused")},
            "added": sum(self.sum_of("added").values()),
            "changed": sum(self.sum_of("changed").values()),
            "kept": sum(self.sum_of("kept").values()),
            "waiting": self.waiting,
        }


class Listener(Protocol):
    """Hears how an import goes on; a progress bar is one."""

    def found(self, paths: list[Path], /) -> None: ...

    def advanced(self, resources: int, /) -> None: ...

    def finished(self, report: FileReport, /) -> None: ...


class Silent:
    """Hears nothing."""

    def found(self, _paths: list[Path], /) -> None:
        return

    def advanced(self, _resources: int, /) -> None:
        return

    def finished(self, _report: FileReport, /) -> None:
        return
