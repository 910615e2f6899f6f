"""Events: facts that a service announces, with a version and one derived wire form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeVar, dataclass_transform, get_type_hints
from uuid import UUID

from .fields import CONTACT, KINDS

E = TypeVar("E")
Lane = Literal["urgent", "normal", "bulk"]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is known about one event version: who announces it, about what, and who listens."""

    event: type[Any]
    producer: str
    version: int
    aggregate: str
    heard_by: tuple[str, ...]
    lane: Lane

    @property
    def name(self) -> str:
        return self.event.__name__

    @property
    def routing_key(self) -> str:
        return f"{self.name}.v{self.version}"

    @property
    def exchange(self) -> str:
        return f"{self.producer}.events"


REGISTRY: dict[str, Promise] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    producer: str,
    *,
    aggregate: str,
    heard_by: tuple[str, ...],
    lane: Lane = "normal",
    version: int = 1,
) -> Callable[[type[E]], type[E]]:
    """Declare a class as an event of ``producer`` about the aggregate named by a field.

    ``heard_by`` names the services that subscribe (and ``gateway``): the broker's bindings are
    made from it, and a test holds it against their ``service.py``. ``lane`` is the queue it
    waits in there. Raises TypeError when a field does not say what kind it is, or when contact
    data would travel in anything but ``ContactDetailsChanged``.
    """

    def declare(cls: type[E]) -> type[E]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        promise = Promise(made, producer, version, aggregate, heard_by, lane)
        _check(promise)
        REGISTRY[promise.routing_key] = promise
        return made

    return declare


def _check(promise: Promise) -> None:
    kinds, known = field_kinds(promise.event), REGISTRY.get(promise.routing_key)
    if known is not None and known.event.__module__ != promise.event.__module__:
        raise TypeError(f"event {promise.routing_key} is declared twice")
    if not promise.heard_by:
        raise TypeError(f"{promise.name} is heard by nobody: do not announce it")
    if promise.aggregate not in kinds:
        raise TypeError(f"{promise.name} has no field {promise.aggregate}")
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise TypeError(f"{promise.name}.{name} must be Plain, Contact or Sealed")
        if kind == CONTACT and promise.name != "ContactDetailsChanged":
            raise TypeError(f"{promise.name}.{name}: contact data travel in ContactDetailsChanged")


def field_kinds(cls: type[Any]) -> dict[str, str | None]:
    """The declared kind of each field of an event class; None where none is declared."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        f.name: next(iter(getattr(hints[f.name], "__metadata__", ())), None) for f in fields(cls)
    }


def promise_of(cls: type[Any]) -> Promise:
    """The promise behind an event class; KeyError where the class is no event."""
    for promise in REGISTRY.values():
        if promise.event is cls:
            return promise
    raise KeyError(cls.__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event on its way: the fact and what delivery needs to know of it."""

    event_id: UUID
    name: str
    version: int
    producer: str
    aggregate_id: str
    sequence: int
    occurred_at: datetime
    event: Any
