"""``python -m portico_contracts.golden``: keep samples of what is newly promised."""

from __future__ import annotations

import sys
from pathlib import Path

from .files import FOLDER, goldens, keep

ADVICE = """
Processes that run the stored form would not understand this one. Keep the old form and raise
`version` (an event), or give the new order another name (a request). Was the stored form never
released? Then delete its two files and run this again."""


def main(folder: Path = FOLDER) -> int:
    """Add and widen; 1 when a stored form was changed in a way that breaks someone."""
    refused = False
    for golden in goldens():
        outcome = keep(golden, folder)
        if outcome in ("added", "widened"):
            print(f"{outcome} {golden.name}")
        if outcome == "refused":
            refused = True
            for problem in golden.problems(folder):
                print(f"{golden.name}: {problem}", file=sys.stderr)
    if refused:
        print(ADVICE, file=sys.stderr)
    return int(refused)


if __name__ == "__main__":
    sys.exit(main())
