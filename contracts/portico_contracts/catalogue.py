"""Everything that is promised: importing the modules one by one fills the registries."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import portico_contracts

from . import event, rpc
from .event import Promise
from .rpc import Order

GENERATORS = frozenset({"asyncapi", "golden"})


def promises() -> list[Promise]:
    """Every event that a service declares."""
    _import_all()
    ours = (p for p in event.REGISTRY.values() if _is_ours(p.event))
    return sorted(ours, key=lambda p: _module(p.event))


def orders() -> list[Order]:
    """Every request that a service answers."""
    _import_all()
    ours = (o for o in rpc.REGISTRY.values() if _is_ours(o.request))
    return sorted(ours, key=lambda o: _module(o.request))


def _is_ours(declared: type[Any]) -> bool:
    # Tests declare toys in the same registries; they are promised to nobody.
    return declared.__module__.startswith(portico_contracts.__name__)


def _module(declared: type[Any]) -> str:
    # The order must not hang on who was imported first.
    return declared.__module__.split(".")[1]


def _import_all() -> None:
    for module in pkgutil.iter_modules(portico_contracts.__path__):
        if module.name not in GENERATORS:
            importlib.import_module(f"portico_contracts.{module.name}")
