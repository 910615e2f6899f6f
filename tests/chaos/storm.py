"""A storm of kills: SIGKILL to one process after another while the clients go on."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portico_kit.testing.waiting import eventually
from portico_ops.processes import SERVICES
from tests.chaos.clients import Load

# First, because what it has leased when it dies waits half a minute for its lease to end.
FIRST = "notifications"
VICTIMS = (FIRST, "scheduling", "gateway", "relay", *(s for s in SERVICES if s != "scheduling"))
BEGINS, ENDS = 0.05, 0.95  # of the wishes answered: the kills are spread between


@dataclass
class Storm:
    """So many kills, spread by the seed over all victims and over the load's progress."""

    kills: int
    seed: int
    victims: Sequence[str] = VICTIMS
    struck: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0

    def rage(
        self,
        load: Load,
        kill: Callable[[str], int | None],
        *,
        within: float,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """Kill as the load gets on; AssertionError where it gets on too slowly.

        ``meanwhile`` is called again and again.
        """
        end = time.monotonic() + within

        def has_come(wanted: float) -> bool:
            meanwhile()
            return load.answered >= wanted or load.is_done

        for part, name in self.plan():
            wanted = part * len(load.log.wishes)
            eventually(
                lambda wanted=wanted: has_come(wanted),
                within=end - time.monotonic(),
                what=f"{wanted:.0f} wishes answered",
            )
            # One that is down already is struck as soon as it is up again.
            eventually(
                lambda name=name: kill(name),
                within=max(1.0, end - time.monotonic()),
                what=f"{name} to kill",
            )
            self.struck[name] += 1
            self.last_at = time.monotonic()

    def plan(self) -> list[tuple[float, str]]:
        """At which part of the load who is struck: everybody in turn, each turn in new order."""
        chance = random.Random(self.seed)
        names: list[str] = []
        while len(names) < self.kills:
            turn = [name for name in dict.fromkeys(self.victims) if name != FIRST or names]
            chance.shuffle(turn)
            names += turn if names or FIRST not in self.victims else [FIRST, *turn]
        step = (ENDS - BEGINS) / max(1, self.kills - 1)
        return [(BEGINS + n * step, name) for n, name in enumerate(names[: self.kills])]
