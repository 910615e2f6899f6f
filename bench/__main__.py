"""`python -m bench`, from the checkout: what `portico bench` runs."""

from __future__ import annotations

import argparse
import logging
import sys

from rich.console import Console

from bench.run import MEASUREMENTS, measure
from portico_ops.bootstrap.steps import StepFailed
from portico_ops.lifecycle import CannotStart
from portico_ops.servers import ServerFailed


def main() -> int:
    """Measure. A figure that misses its mark is a result; exit status 1: something could not
    be measured; 2: nothing could."""
    parser = argparse.ArgumentParser(prog="portico bench")
    parser.add_argument("only", nargs="*", metavar="FIGURE", help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="tiny durations, nothing written")
    given = parser.parse_args()
    if unknown := [name for name in given.only if name not in MEASUREMENTS]:
        parser.error(f"no such figure: {', '.join(unknown)}")
    logging.disable(logging.INFO)
    try:
        complete = measure(only=given.only, quick=given.quick, console=Console(width=120))
    except (CannotStart, ServerFailed, StepFailed) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
