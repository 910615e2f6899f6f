"""The stored samples and schemas, and what happens to them when a contract changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ..event import Promise
from ..rpc import Order
from .compatibility import misfits
from .forms import event_schema, orders, promises, reply_schema, request_schema
from .samples import sample_message, sample_reply, sample_request

FOLDER = Path(__file__).parents[2] / "golden"
Outcome = Literal["added", "widened", "unchanged", "refused"]


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One event version or request: where it is stored, and what it looks like today."""

    name: str
    schema: dict[str, Any]
    sample: Callable[[], Any]
    breaks: Callable[[dict[str, Any], dict[str, Any]], list[str]]

    def sample_file(self, folder: Path) -> Path:
        """Where the stored sample is."""
        return folder / f"{self.name}.json"

    def schema_file(self, folder: Path) -> Path:
        """Where the stored schema is."""
        return folder / f"{self.name}.schema.json"

    def problems(self, folder: Path) -> list[str]:
        """How today's form would break processes that know the stored one."""
        return self.breaks(read(self.schema_file(folder)), self.schema)


def goldens() -> Iterator[Golden]:
    """Every event version and every request that is promised today."""
    for promise in promises():
        yield golden_event(promise)
    for order in orders():
        yield golden_request(order)


def golden_event(promise: Promise) -> Golden:
    """An event version as it is kept: the whole wire message."""
    return Golden(
        name=promise.routing_key,
        schema=event_schema(promise),
        sample=partial(sample_message, promise),
        breaks=_event_breaks,
    )


def golden_request(order: Order) -> Golden:
    """A request as it is kept, with its reply."""
    return Golden(
        name=f"rpc/{order.service}.{order.method}",
        schema={"request": request_schema(order), "reply": reply_schema(order)},
        sample=lambda: {"request": sample_request(order), "reply": sample_reply(order)},
        breaks=_request_breaks,
    )


def keep(golden: Golden, folder: Path) -> Outcome:
    """Store what is new; widen a schema by additions that break nobody; touch nothing else."""
    schema_file = golden.schema_file(folder)
    if not schema_file.exists():
        _write(golden.sample_file(folder), golden.sample())
        _write(schema_file, golden.schema)
        return "added"
    if read(schema_file) == golden.schema:
        return "unchanged"
    if golden.problems(folder):
        return "refused"
    _write(schema_file, golden.schema)
    return "widened"


def read(path: Path) -> Any:
    """A stored file's JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def _event_breaks(stored: dict[str, Any], today: dict[str, Any]) -> list[str]:
    # Today's producers reach old consumers, who ignore additions; old messages reach today's
    # consumers, who must still know each of their fields.
    new_to_old = misfits(today, stored, more_is_fine=True)
    old_to_new = misfits(stored, today, more_is_fine=False)
    return sorted({*new_to_old, *old_to_new})


def _request_breaks(stored: dict[str, Any], today: dict[str, Any]) -> list[str]:
    # Services are rolled out before their callers, so old requests meet new services, and new
    # replies meet old callers.
    asked = misfits(stored["request"], today["request"], more_is_fine=False)
    answered = misfits(today["reply"], stored["reply"], more_is_fine=True)
    return [f"request: {p}" for p in asked] + [f"reply: {p}" for p in answered]


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
