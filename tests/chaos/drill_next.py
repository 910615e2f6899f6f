"""The drill's next release, which knows what the one before does not: an event's second version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portico_contracts.event import event
from portico_contracts.fields import Plain
from portico_kit.service import subscribe
from tests.chaos import drill


@event("drill", aggregate="thing_id", heard_by=("drill",), version=2)
class StepTaken:
    """A step of many, and how far it led."""

    thing_id: Plain[UUID]
    number: Plain[int]
    metres: Plain[int]


class Drill(drill.Drill):
    """Understands both versions."""

    @subscribe(StepTaken)
    def on_longer_step(self, tx: Any, event: Any) -> None:
        drill.note(tx, "step", event)
