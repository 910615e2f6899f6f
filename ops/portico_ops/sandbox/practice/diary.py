"""The providers' diary: no two visits of one provider, and none of one patient, at one time."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from portico_ops.sandbox.practice.days import at
from portico_ops.sandbox.practice.house import AFTERNOON, MORNING, WORKDAYS

STEP = 15  # minutes


class Diary:
    """Gives out times within working hours, each once."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, datetime]] = set()

    def book(
        self, chance: random.Random, *, provider_key: str, day: date, minutes: int, going: int = 1
    ) -> tuple[datetime, datetime]:
        """A free time on `day`, or on the nearest later (`going` 1) or earlier (-1) workday."""
        while True:
            free = [
                start
                for start in _starts(day)
                if day.weekday() in WORKDAYS[provider_key]
                and not self._is_taken(provider_key, start, minutes)
            ]
            if free:
                return self.take(provider_key, chance.choice(free), minutes)
            day += timedelta(days=going)

    def take(self, provider_key: str, start: datetime, minutes: int) -> tuple[datetime, datetime]:
        """Take one certain time."""
        self._taken.update((provider_key, each) for each in _steps(start, minutes))
        return start, start + timedelta(minutes=minutes)

    def _is_taken(self, provider_key: str, start: datetime, minutes: int) -> bool:
        return any((provider_key, each) in self._taken for each in _steps(start, minutes))


def _steps(start: datetime, minutes: int) -> list[datetime]:
    return [start + timedelta(minutes=n) for n in range(0, minutes, STEP)]


def _starts(day: date) -> list[datetime]:
    """Starts every half hour, so that visits of any length end within working hours."""
    starts = []
    for opens, closes in (MORNING, AFTERNOON):
        first, last = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
        starts += [at(day, n // 60, n % 60) for n in range(first, last - 30 + 1, 30)]
    return starts
