"""Anchors of the access ledger: its heads, noted where the owner of the database cannot write.

A line of JSON each: ``{"event": "ledger.anchored", "month": "2026-11-01", "position": 812, "hash":
"…", "timestamp": "…"}``. The service's own log has the same lines, so a collected log serves too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

EVENT = "ledger.anchored"


@dataclass(frozen=True, slots=True)
class Anchor:
    """At some moment the chain of a month ended in this row."""

    month: date
    position: int
    hash: bytes


def note(path: Path, anchors: Iterable[Anchor], *, timestamp: str) -> None:
    """Append the anchors to the file, and return once the disk has them."""
    lines = "".join(json.dumps(facts(one) | {"timestamp": timestamp}) + "\n" for one in anchors)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, lines.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def facts(anchor: Anchor) -> dict[str, str | int]:
    """An anchor as its line has it."""
    month = anchor.month.isoformat()
    return {
        "event": EVENT,
        "month": month,
        "position": anchor.position,
        "hash": anchor.hash.hex(),
    }


def read(path: Path) -> Iterator[Anchor]:
    """The anchors in a file of such lines, or in a log that has others as well.

    Raises OSError. A last line that was cut short is left out, as is whatever is no anchor.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if EVENT in line and (found := _anchor(line)) is not None:
                yield found


def _anchor(line: str) -> Anchor | None:
    try:
        said = json.loads(line)
        month = date.fromisoformat(said["month"])
        return Anchor(month, int(said["position"]), bytes.fromhex(said["hash"]))
    except (ValueError, KeyError, TypeError):
        return None
