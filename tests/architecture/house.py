"""Reads the running shape of the house: what each service answers and hears, and for whom.

    python tests/architecture/house.py             the shape as JSON
    python tests/architecture/house.py --write     writes docs/access.md

Tests run it as a process of its own, because services bring their whole runtime with them.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")
ACCESS = Path(__file__).parents[2] / "docs" / "access.md"
ROLES = ("clinician", "nurse", "front_desk", "billing", "practice_administrator")
COLUMNS = ("anyone", "patient", *ROLES)

HEAD = """\
# Who may ask for what

Written by `python tests/architecture/house.py --write` out of the `allow=` of each `@rpc` in
`services/*/*/service.py`; change those, not this page. The service that answers decides, by the
signed token that rides with every request.

- **patient**: only about their own record, which the token names. A request that names another
  patient, or another patient's thing, is answered with *not found*.
- **anyone**: also somebody who is not signed in. Such a request carries its own proof, which the
  service checks: a password, a code, a session's secret, a link's token, a provider's signature.
- This is the door. Some services decide more behind it: messaging shows staff the queues of their
  roles, and within them the patients who wait there.

The category is what the audit row says; a request without one touches no health information.
What each request is for: [events.md](events.md#requests)."""


def shape() -> dict[str, Any]:
    """Requests that are answered, and events that are heard, by service and method."""
    requests, reactions = [], []
    for name in SERVICES:
        service = getattr(importlib.import_module(f"{name}.service"), name.capitalize())
        for method, function in inspect.getmembers(service, inspect.isfunction):
            if desk := getattr(function, "desk", None):
                requests.append(_request(name, method, desk))
            if promise := getattr(function, "promise", None):
                heard = {"service": name, "method": method, "event": promise.routing_key}
                reactions.append(heard)
    return {"requests": requests, "reactions": reactions, "promised": _promised()}


def _request(service: str, method: str, desk: Any) -> dict[str, Any]:
    return {
        "service": service,
        "method": method,
        "to": desk.order.service,
        "request": desk.order.request.__name__,
        "category": desk.order.category,
        "action": desk.order.action,
        "words": list(desk.rule.words),
    }


def _promised() -> dict[str, Any]:
    from portico_contracts.golden.forms import orders, promises

    return {
        "requests": [f"{o.service}.{o.method}" for o in orders()],
        "heard_by": {p.routing_key: list(p.heard_by) for p in promises()},
    }


def access_page(found: dict[str, Any]) -> str:
    """The access matrix in Markdown."""
    parts = [HEAD]
    for service in SERVICES:
        parts.append(f"## {service}")
        titles = ("request", "category", "action", *(c.replace("_", " ") for c in COLUMNS))
        rows = [f"| {' | '.join(titles)} |", f"|{'---|' * 3}{':-:|' * len(COLUMNS)}"]
        rows += [_row(r) for r in found["requests"] if r["service"] == service]
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _row(request: dict[str, Any]) -> str:
    allowed = _allowed(request["words"])
    cells = [f"`{request['request']}`", request["category"] or "–", request["action"]]
    return f"| {' | '.join(cells + ['yes' if c in allowed else '' for c in COLUMNS])} |"


def _allowed(words: list[str]) -> set[str]:
    found: set[str] = set()
    for word in words:
        kind, _, rest = word.partition(":")
        if kind == "staff":
            found |= set(ROLES) if rest == "*" else {rest}
        elif kind == "patient":
            found.add("patient")
        else:
            found |= {"patient", *ROLES} | ({"anyone"} if kind == "anonymous" else set())
    return found


def main(arguments: list[str]) -> int:
    """Print the shape, or write the access matrix."""
    found = shape()
    if "--write" in arguments:
        ACCESS.write_text(access_page(found), encoding="utf-8")
    else:
        print(json.dumps({**found, "page": access_page(found)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
