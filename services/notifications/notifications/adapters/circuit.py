"""Whether a provider works, as its latest answers tell; one of these a provider, in each copy."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

FAILURES = 5  # in a row, and it is left in peace
FAILING_FOR = 60.0  # seconds without a success: then a single further failure is enough
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 300.0  # seconds until it is tried again; doubled each time
JITTER = 0.2
TRUSTED = 64  # letters in a row: then it gets everything again
ALL = 1_000_000


class Circuit:
    """Counts a provider's failures; ``clock`` gives seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._failing_since = 0.0
        self._pause = 0.0
        self._rests_until = 0.0
        self._room = ALL

    @property
    def works(self) -> bool:
        """Whether it gets whatever is to be sent."""
        return self._room == ALL

    @property
    def answers(self) -> bool:
        """Whether its latest answer was good, however little it is trusted with yet."""
        return self.works or self._failures == 0

    @property
    def room(self) -> int:
        """How many letters it may be given now: all, none, or a few to see whether it is back."""
        return 0 if self._is_resting else self._room

    def succeeded(self) -> None:
        """It answered as it should: give it more, and then everything."""
        self._failures = 0
        if self._is_resting:
            self._rests_until = self._clock()
        elif not self.works:
            self._room = self._room * 2 if self._room < TRUSTED else ALL
            self._pause = 0.0

    def failed(self) -> None:
        """It did not answer, or could not take what it was given."""
        now = self._clock()
        if self._failures == 0:
            self._failing_since = now
        self._failures += 1
        enough = self._failures >= FAILURES or now - self._failing_since >= FAILING_FOR
        if not self._is_resting and (enough or not self.works):
            self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            self.rest(self._pause)

    def rest(self, seconds: float) -> None:
        """Leave it in peace for so long, then try it with a single letter."""
        spread = 1 + JITTER * random.random()  # noqa: S311
        self._rests_until = max(self._rests_until, self._clock() + seconds * spread)
        self._room = 1

    @property
    def _is_resting(self) -> bool:
        return self._clock() < self._rests_until
