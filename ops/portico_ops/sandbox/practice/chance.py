"""Chance that repeats itself: the same seed and names always give the same numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")


def chance_for(seed: int, *names: object) -> random.Random:
    """A source of chance of its own for each thing, so that adding one thing moves no other."""
    return random.Random("/".join(map(str, (seed, *names))))  # noqa: S311  (play, no secrets)


def some_of(chance: random.Random, things: Sequence[Thing], count: int) -> list[Thing]:
    """`count` different things, in the order in which they stand."""
    chosen = sorted(chance.sample(range(len(things)), count))
    return [things[n] for n in chosen]
