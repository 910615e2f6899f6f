"""What the attacks measured: kept while they run, written where PORTICO_CHAOS_RECORD says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure


@dataclass
class Record:
    """The figures of one run, by the test that found them."""

    found: dict[str, list[Figure]] = field(default_factory=dict)

    def write(self) -> None:
        """One JSON file, where one is asked for."""
        path = os.environ.get("PORTICO_CHAOS_RECORD")
        if path:
            figures = {test: [asdict(f) for f in some] for test, some in self.found.items()}
            Path(path).write_text(json.dumps(figures, indent=1) + "\n")


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
        self.record.found.setdefault(self.test, []).append(made)
        assert made.holds is not False, f"{name}: {value} {unit}, wanted {wanted}"
