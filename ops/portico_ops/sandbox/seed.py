"""`python -m portico_ops.sandbox.seed`: the practice that does not exist, written once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from portico_kit.clock import now as this_moment
from portico_kit.settings import SettingsMissing, text_of
from portico_ops.sandbox.seeding import plant, stores_from


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Seed the databases that the environment names; 2 where it must not or cannot."""
    if text_of("PORTICO_ENVIRONMENT", environ) != "sandbox":
        print("seed: only for PORTICO_ENVIRONMENT=sandbox", file=sys.stderr)
        return 2
    try:
        with stores_from(environ) as stores:
            cast = plant(stores, now=this_moment())
    except SettingsMissing as problem:
        print(f"seed: {problem}", file=sys.stderr)
        return 2
    practice = cast.practice
    print(f"{practice.name}: {len(practice.patients)} patients, as of {practice.today}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
