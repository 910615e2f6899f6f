"""A restore that was begun and did not end: nothing may start before it has.

Half restored, the portal would send old mail again and act on events that never were.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from portico_ops.home import Home

FILE = "restoring.json"


@dataclass(frozen=True, kw_only=True)
class Underway:
    """Which restore is under way: `stamp` names its report and the databases that it replaces."""

    source: str
    stamp: str
    loaded: bool = False

    def write(self, home: Home) -> None:
        home.run.mkdir(parents=True, exist_ok=True)
        half = (home.run / FILE).with_suffix(".half")
        half.write_text(json.dumps(asdict(self)))
        half.rename(home.run / FILE)


def underway(home: Home) -> Underway | None:
    """The restore that has not ended, if there is one."""
    try:
        return Underway(**json.loads((home.run / FILE).read_text()))
    except FileNotFoundError:
        return None


def begin(home: Home, *, source: str) -> Underway:
    """Note a restore before its first change; the same one again goes on where it was."""
    known = underway(home)
    if known is not None and known.source == source:
        return known
    made = Underway(source=source, stamp=f"{datetime.now(UTC):%Y%m%d%H%M%S}")
    made.write(home)
    return made


def ended(home: Home) -> None:
    """The portal may start."""
    (home.run / FILE).unlink(missing_ok=True)


def report_folder(home: Home, stamp: str) -> Path:
    """Where the report of a restore goes, and what was found ahead of it."""
    folder = home.folder / "restores" / stamp
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
