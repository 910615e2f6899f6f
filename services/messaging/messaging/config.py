"""Messaging's settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from portico_kit.settings import Settings as KitSettings
from portico_kit.settings import SettingsMissing

from .domain.hours import PracticeHours, read_hours


@dataclass(frozen=True, kw_only=True)
class Settings(KitSettings):
    """The kit's settings, and when the practice works.

    ``practice_hours`` reads ``mon-fri 08:00-17:00, sat 09:00-12:00``; ``practice_holidays`` is
    a list of days such as ``2026-12-25,2027-01-01``; ``practice_zone`` an IANA name.
    """

    practice_hours: str = "mon-fri 08:00-17:00"
    practice_zone: str = "America/New_York"
    practice_holidays: str = ""

    def __post_init__(self) -> None:
        """Raises SettingsMissing at start rather than at the first question."""
        try:
            _ = self.hours
        except (ValueError, KeyError) as problem:
            raise SettingsMissing(f"PORTICO_PRACTICE_…: {problem}") from None

    @cached_property
    def hours(self) -> PracticeHours:
        """The practice's working hours."""
        return read_hours(
            weekly=self.practice_hours, zone=self.practice_zone, holidays=self.practice_holidays
        )
