"""How a request stands, and the moves it can make (New, Taken, Waiting on patient, Done)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from portico_contracts.messaging import (
    AlreadyDone,
    AlreadyTaken,
    NotFinished,
    NotTaken,
    Outcome,
    Queue,
    State,
    WrongQueue,
)

from .hours import PracticeHours, due_time, resumed_due


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a request stands. The clock runs (``stopped_at`` None) while it is new or taken."""

    state: State
    taken_by: UUID | None
    due_at: datetime
    stopped_at: datetime | None = None
    outcome: Outcome | None = None

    def late(self, now: datetime) -> bool:
        return self.stopped_at is None and self.due_at < now

    @property
    def shown_due_at(self) -> datetime | None:
        return self.due_at if self.stopped_at is None else None


def asked(hours: PracticeHours, *, promise: timedelta, now: datetime) -> Standing:
    """A request as it comes in."""
    return Standing(state="new", taken_by=None, due_at=due_time(hours, now, promise))


def taken(standing: Standing, *, by: UUID) -> Standing:
    """Someone works on it from now on."""
    _check_free_for(standing, by)
    return replace(standing, state=_held(standing.state), taken_by=by)


def released(standing: Standing, *, by: UUID) -> Standing:
    """Its holder gives it back to the queue."""
    _check_free_for(standing, by)
    if standing.taken_by is None:
        raise NotTaken
    return _unheld(standing)


def let_go(standing: Standing) -> Standing:
    """Its holder left the practice: whoever is free takes it. Raises AlreadyDone."""
    _check_open(standing)
    return _unheld(standing)


def assigned(standing: Standing, *, to: UUID) -> Standing:
    """It is handed to someone, whoever holds it."""
    _check_open(standing)
    return replace(standing, state=_held(standing.state), taken_by=to)


def routed(standing: Standing, *, by: UUID, source: Queue, target: Queue) -> Standing:
    """It moves to another queue and waits there for someone to take it."""
    _check_free_for(standing, by)
    if source == target:
        raise WrongQueue("it is in this queue already")
    return _unheld(standing)


def answered(standing: Standing, *, by: UUID, now: datetime) -> Standing:
    """Staff wrote to the patient: the clock stands until the patient writes again."""
    _check_free_for(standing, by)
    return replace(standing, state="waiting", taken_by=by, stopped_at=now)


def finished(standing: Standing, *, by: UUID, outcome: Outcome, now: datetime) -> Standing:
    """Nothing is left to do."""
    _check_free_for(standing, by)
    stopped_at = standing.stopped_at or now
    return replace(standing, state="done", taken_by=by, stopped_at=stopped_at, outcome=outcome)


def reopened(
    standing: Standing, *, hours: PracticeHours, now: datetime, holder_left: bool = False
) -> Standing:
    """It was finished too early: whoever finished it has it again, else the queue."""
    if standing.state != "done" or standing.stopped_at is None:
        raise NotFinished
    due_at = resumed_due(hours, due_at=standing.due_at, stopped_at=standing.stopped_at, now=now)
    opened = replace(standing, state="taken", due_at=due_at, stopped_at=None, outcome=None)
    return _unheld(opened) if holder_left or not standing.taken_by else opened


def patient_wrote(
    standing: Standing, *, hours: PracticeHours, promise: timedelta, now: datetime
) -> Standing:
    """The patient wrote: an answered request opens again with a new promise."""
    if standing.stopped_at is None:
        return standing
    holder = standing.taken_by if standing.state == "waiting" else None
    fresh = asked(hours, promise=promise, now=now)
    return replace(fresh, state="taken" if holder else "new", taken_by=holder)


def _held(state: State) -> State:
    return "taken" if state == "new" else state


def _unheld(standing: Standing) -> Standing:
    state: State = "new" if standing.state == "taken" else standing.state
    return replace(standing, state=state, taken_by=None)


def _check_open(standing: Standing) -> None:
    if standing.state == "done":
        raise AlreadyDone


def _check_free_for(standing: Standing, by: UUID) -> None:
    _check_open(standing)
    if standing.taken_by not in (None, by):
        raise AlreadyTaken(by=str(standing.taken_by))
