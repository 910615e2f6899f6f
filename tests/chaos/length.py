"""How long an attack lasts: short in `make test`, long in `make chaos`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
SETTLED_WITHIN = 60.0  # seconds: what is promised, and what the long form asserts
PATIENCE = 120.0  # seconds to settle in the short form, with other tests beside it
CROWDED = 4.0  # processes that want to run, for each core: beyond that, more patience


@dataclass(frozen=True)
class Length:
    """Picks between a test's two lengths; PORTICO_CHAOS=long asks for the long one."""

    long: bool

    @classmethod
    def asked_for(cls) -> Length:
        """What the environment says; short where it says nothing."""
        return cls(long=os.environ.get("PORTICO_CHAOS") == "long")

    def of(self, *, short: T, long: T) -> T:
        """The one that this run is to use."""
        return long if self.long else short

    def to_settle(self) -> float:
        """Seconds in which all must be right again after an attack."""
        wanting = os.getloadavg()[0] / (os.cpu_count() or 1)
        return self.of(short=PATIENCE * max(1.0, wanting / CROWDED), long=SETTLED_WITHIN)


def seed_asked_for() -> int:
    """What every chance of the run is drawn from: PORTICO_CHAOS_SEED, or the usual one."""
    return int(os.environ.get("PORTICO_CHAOS_SEED") or 20261122)
