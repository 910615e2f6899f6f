"""RPC messages: a request is an order to one service and names what it answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, dataclass_transform

R = TypeVar("R")
Action = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is known about one request: who answers it, with what, and what it touches.

    ``category`` names the part of the record it reads or writes (visits, results, messages,
    medicines, bills, record, account …) and is what the audit row says; None touches no
    health information and leaves no audit row.
    """

    request: type[Any]
    service: str
    method: str
    reply: Any
    category: str | None
    action: Action


REGISTRY: dict[str, Order] = {}
_BY_CLASS: dict[type[Any], Order] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def request(
    service: str, *, reply: Any, category: str | None = None, action: Action = "read"
) -> Callable[[type[R]], type[R]]:
    """Declare a class as a request to ``service``; ``reply`` is a TypedDict, or None."""

    def declare(cls: type[R]) -> type[R]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        order = Order(made, service, _snake(made.__name__), reply, category, action)
        if order.method in (o.method for o in REGISTRY.values() if o.service == service):
            raise TypeError(f"{service} has two requests named {made.__name__}")
        REGISTRY[f"{service}.{order.method}"] = _BY_CLASS[made] = order
        return made

    return declare


def order_of(cls: type[Any]) -> Order:
    """The order behind a request class; KeyError where the class is no request."""
    return _BY_CLASS[cls]


def text(*, longest: int, shortest: int = 0, **extra: Any) -> Any:
    """A text field with its limits in characters; ``default=…`` makes it optional."""
    return field(metadata={"longest": longest, "shortest": shortest}, **extra)


def between(low: int, high: int, **extra: Any) -> Any:
    """A whole-number field with its limits, both included."""
    return field(metadata={"low": low, "high": high}, **extra)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
