"""Failures: deliveries that a service gave up. Each service answers about its own, alike.

The same four orders go to every service: they are written once, and ``declare`` makes each
service's own out of them. ``asked_of("billing", ShowFailure)(failure_id=7)`` is one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypedDict, TypeVar, cast
from uuid import UUID

from .refusal import Refusal
from .rpc import Action, between, request, text

R = TypeVar("R")
SERVICES: Final = ("identity", "records", "messaging", "scheduling", "billing", "notifications")
LONGEST_REASON: Final = 500
State = Literal["waiting", "dead", "dropped", "applied"]


class Failure(TypedDict):
    """One delivery that failed: which, of what, why, how often; never what it carries.

    ``dead`` waits for a person, ``waiting`` is being tried again, ``applied`` went through after
    a person had it tried again, ``dropped`` was given up by a person, who said the ``reason``.
    What could not be read at all has no event. ``acted_by`` is the account of whoever last had it
    tried again or dropped it: None, where ``acted_at`` says when, is the operator's command line.
    """

    failure_id: int
    service: str
    state: State
    subscription: str
    event_id: UUID | None
    event_name: str | None
    aggregate_id: str | None
    sequence: int | None
    attempts: int
    error: str | None
    due_at: datetime | None
    first_at: datetime
    last_at: datetime
    reason: str | None
    acted_by: UUID | None
    acted_at: datetime | None


class FailureList(TypedDict):
    """A page of failures; ``next`` is the cursor of the page after it."""

    items: list[Failure]
    next: int | None


class FailureShown(TypedDict):
    """One failure, the names of its event's fields without their values, and its size.

    ``earlier`` are dead ones about the same thing that come before it: they are tried with it.
    """

    failure: Failure
    fields: list[str]
    bytes: int
    earlier: list[int]


class TriedAgain(TypedDict):
    """A failure as it stands now, and all that are tried again by this order, in their order."""

    failure: Failure
    tried: list[int]


@dataclass(frozen=True, kw_only=True)
class ListFailures:
    """What waits for a person, oldest first; ``handled``: what a person saw to, newest first."""

    handled: bool = False
    cursor: int | None = between(0, 2**53, default=None)
    limit: int = between(1, 100, default=30)


@dataclass(frozen=True, kw_only=True)
class ShowFailure:
    """Look at one failure; values of its fields are not shown."""

    failure_id: int = between(1, 2**53)


@dataclass(frozen=True, kw_only=True)
class ReplayFailure:
    """Try it again now, with all its attempts, and first those before it about the same thing.

    Has its effect once, however often it is asked for. Raises AlreadyDropped.
    """

    failure_id: int = between(1, 2**53)


@dataclass(frozen=True, kw_only=True)
class DropFailure:
    """Give one up for good; the reason is kept with it. Raises DropReasonNeeded, NotFailed."""

    failure_id: int = between(1, 2**53)
    reason: str = text(longest=LONGEST_REASON)


class AlreadyDropped(Refusal):
    """It was given up for good, and is not tried again."""

    status = 409


class NotFailed(Refusal):
    """It does not wait for a person (any more); facts: ``state``."""

    status = 409


class DropReasonNeeded(Refusal):
    """What is given up needs a reason that others can read."""

    status = 422


_ORDERS: Final[Mapping[type[Any], tuple[Any, Action]]] = {
    ListFailures: (FailureList, "read"),
    ShowFailure: (FailureShown, "read"),
    ReplayFailure: (TriedAgain, "write"),
    DropFailure: (Failure, "write"),
}
_OF_SERVICE: dict[tuple[str, type[Any]], type[Any]] = {}


def declare(service: str, *, module: str = __name__) -> None:
    """Make a service's own four orders; ``module`` is where they count as declared."""
    for order, (reply, action) in _ORDERS.items():
        named = {"__doc__": order.__doc__, "__module__": module}
        own: type[Any] = type(order.__name__, (order,), named)
        declared = request(service, reply=reply, category="operations", action=action)(own)
        _OF_SERVICE[service, order] = declared


def asked_of(service: str, order: type[R]) -> type[R]:
    """The class of an order to one service. KeyError where the service has not declared it."""
    return cast("type[R]", _OF_SERVICE[service, order])


for _service in SERVICES:
    declare(_service)
