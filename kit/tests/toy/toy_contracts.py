"""A toy service's promises: it counts what it hears."""

from typing import TypedDict
from uuid import UUID

from portico_contracts import failures
from portico_contracts.event import event
from portico_contracts.fields import Plain
from portico_contracts.refusal import Refusal
from portico_contracts.rpc import request, text

failures.declare("toy", module=__name__)


@event("toy", aggregate="thing_id", heard_by=("toy",))
class ThingHappened:
    """Something happened to a thing. Heard by the toy itself."""

    thing_id: Plain[UUID]
    number: Plain[int]


@event("toy", aggregate="thing_id", heard_by=("nobody",))
class NobodyCares:
    """An event that no queue is bound for."""

    thing_id: Plain[UUID]


class Made(TypedDict):
    thing_id: str
    number: int


class ThingExists(Refusal):
    """There is such a thing already."""

    status = 409


@request("toy", reply=Made, category="record", action="write")
class MakeThing:
    """Make a thing and announce it."""

    thing_id: UUID
    number: int = 1
    note: str = text(longest=40, default="")
    patient_id: UUID | None = None


@request("toy", reply=Made, category="record")
class SeeThing:
    """Look at a thing."""

    thing_id: UUID
    patient_id: UUID | None = None


@request("toy", reply=Made)
class Crash:
    """Raise something unexpected."""

    note: str
