"""Records' settings: those that every service needs, and none besides."""

from __future__ import annotations

from dataclasses import dataclass

from portico_kit.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RecordsSettings(Settings):
    """Read from ``PORTICO_*`` once, when the process starts."""
