"""Everything that is promised: importing the modules one by one fills the registries."""

from __future__ import annotations

import importlib
import pkgutil

import portico_contracts

from . import event, rpc
from .event import Promise
from .rpc import Order

GENERATORS = frozenset({"asyncapi", "golden"})


def promises() -> list[Promise]:
    """Every event that a service declares."""
    _import_all()
    return list(event.REGISTRY.values())


def orders() -> list[Order]:
    """Every request that a service answers."""
    _import_all()
    return list(rpc.REGISTRY.values())


def _import_all() -> None:
    for module in pkgutil.iter_modules(portico_contracts.__path__):
        if module.name not in GENERATORS:
            importlib.import_module(f"portico_contracts.{module.name}")
