"""The page of events and requests for people: ``docs/events.md``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints

from ..event import Promise, field_kinds
from ..golden.forms import orders, promises
from ..rpc import Order
from .document import what

_WORDS = {str: "text", int: "number", bool: "yes or no"}

HEAD = """\
# Events and requests

Written by `python -m portico_contracts.asyncapi` out of `contracts/portico_contracts`; change the
contracts, not this page. The same with every schema, for machines: `contracts/asyncapi.yaml`.

An event is a fact. It goes to the exchange `<producer>.events` with the routing key
`<Event>.v<version>`, and waits in the queue `<listener>.<lane>` of each service that hears it; the
gateway hears it on a queue of each copy, for pages that are open. Events about the same aggregate
keep their order. Fields are ids, codes of kind, times and amounts, unless they say *contact* (a
way to reach somebody) or *sealed* (ciphertext for the listener it is meant for).

A request is an order to one service, sent to the exchange `nameko-rpc` with the routing key
`<service>.<method>`. Its category is what the audit row says; without a category it touches no
health information. Who may make it: [access.md](access.md)."""


def page() -> str:
    """The whole page in Markdown."""
    parts = [HEAD, "## Events"]
    for producer in dict.fromkeys(p.producer for p in promises()):
        parts += [f"### {producer}", _overview([p for p in promises() if p.producer == producer])]
        parts += [_fields(p) for p in promises() if p.producer == producer]
    parts.append("## Requests")
    for service in dict.fromkeys(o.service for o in orders()):
        parts += [f"### {service}", _requests([o for o in orders() if o.service == service])]
    return "\n\n".join(parts) + "\n"


def _overview(found: list[Promise]) -> str:
    rows = (
        (p.name, f"v{p.version}", f"`{p.aggregate}`", p.lane, ", ".join(p.heard_by)) for p in found
    )
    return "\n".join(_table(("event", "version", "aggregate", "lane", "heard by"), rows))


def _fields(promise: Promise) -> str:
    hints, kinds = get_type_hints(promise.event), field_kinds(promise.event)
    rows = (
        (f"`{f.name}`", _type(hints[f.name]) + _optional(f), str(kinds[f.name]))
        for f in fields(promise.event)
    )
    table = "\n".join(_table(("field", "type", "kind"), rows))
    return f"#### {promise.routing_key}\n\n{what(promise.event)}\n\n{table}"


def _requests(found: list[Order]) -> str:
    titles = ("request", "method", "category", "action", "reply", "what")
    return "\n".join(_table(titles, (_request(order) for order in found)))


def _request(order: Order) -> tuple[str, ...]:
    reply = "–" if order.reply is None else f"`{order.reply.__name__}`"
    said = " ".join(what(order.request).split("\n\n")[0].split())
    name = order.request.__name__
    return f"`{name}`", f"`{order.method}`", order.category or "–", order.action, reply, said


def _table(titles: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"


def _optional(field: Any) -> str:
    return "" if field.default is MISSING else ", may be absent"


def _type(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return "one of " + ", ".join(f"`{word}`" for word in inner)
    if origin is NotRequired:
        return _type(inner[0])
    if origin in (tuple, list):
        return f"list of {_type(inner[0])}"
    if type(None) in inner:
        return f"{_type(next(i for i in inner if i is not type(None)))} or none"
    return _WORDS.get(hint) or str(hint.__name__)
