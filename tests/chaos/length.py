"""How long an attack lasts: short in `make test`, long in `make chaos`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


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


def seed_asked_for() -> int:
    """What every chance of the run is drawn from: PORTICO_CHAOS_SEED, or the usual one."""
    return int(os.environ.get("PORTICO_CHAOS_SEED") or 20261122)
