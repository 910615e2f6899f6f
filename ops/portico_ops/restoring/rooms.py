"""The six services without their processes: each one's store, and what it does when it hears."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from portico_contracts.event import promise_of
from portico_kit import settings
from portico_kit.database import Store
from portico_ops.installation import Installation
from portico_ops.processes import SERVICES, process_named

Reaction = Callable[[Any, Any], object]


@dataclass(frozen=True)
class Room:
    """One service: its name, its database, and its reactions by event (`AppointmentBooked.v1`)."""

    name: str
    store: Store
    reactions: Mapping[str, tuple[tuple[str, Reaction], ...]]


@contextmanager
def rooms(installation: Installation) -> Iterator[dict[str, Room]]:
    """Every service's room, by name; their connections end with the block."""
    secrets = installation.secrets()
    found: dict[str, Room] = {}
    try:
        for name in SERVICES:
            kind = getattr(importlib.import_module(f"{name}.service"), name.capitalize())
            environment = installation.environment(process_named(name), secrets=secrets)
            config = settings.read(kind.config, environment)
            found[name] = Room(name, Store.of(config), _reactions(kind))
        yield found
    finally:
        for room in found.values():
            room.store.engine.dispose()


def _reactions(kind: type[Any]) -> dict[str, tuple[tuple[str, Reaction], ...]]:
    service, found = kind(), {}
    for name in dir(kind):
        method = getattr(kind, name)
        promise = getattr(method, "promise", None)
        if promise is not None:
            title = f"{kind.name}.{name}"
            key = promise_of(promise.event).routing_key
            reaction = partial(method.__wrapped__, service)
            found[key] = (*found.get(key, ()), (title, reaction))
    return found
