"""`python -m bench.import_file PATH SOURCE`: import one file; print its rate and peak memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from portico_kit.database import Store
from portico_ops.commands.importing import import_into, records_store


def main(path: Path, source: str) -> None:
    """One file, taken whole; a refusal ends the program with its reason."""
    store: Store = records_store()
    began = time.perf_counter()
    report = import_into(store, [path], source=source)
    took = time.perf_counter() - began
    if refused := report.with_outcome("refused"):
        sys.exit(refused[0].reason)
    parts = ("added", "changed", "unchanged", "kept")
    resources = sum(sum(report.sum_of(part).values()) for part in parts)  # type: ignore[arg-type]
    print(json.dumps({"resources": resources, "rate": resources / took, "peak": _peak()}))


def _peak() -> int:
    """Bytes resident at the most, as the kernel noted it (kilobytes on Linux)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
