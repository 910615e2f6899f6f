"""The explained tests, read once from the TOML files beside this module.

Their names and codes stand in the contracts, under the same keys: records speaks of them as well.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from portico_contracts.records.kinds import Language
from portico_contracts.records.names_of_tests import NAMED

FOLDER = Path(__file__).parent / "tests_told"
LANGUAGES: tuple[Language, ...] = ("en", "es")


@dataclass(frozen=True, slots=True)
class Words:
    """What the reader sees of a test, in one language."""

    name: str
    tells: str
    moves: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a number line: up to ``below`` (None: no end), 1 usual, 2 a little off, 3 far."""

    kind: int
    labels: dict[str, str]
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One explained test. Numbers hold only for a value in one of ``units``.

    ``usual`` is the adult range of the named sources, used when the lab printed none.
    ``critical`` values are a safety net: beyond them the reader is asked to call.
    """

    key: str
    loinc: tuple[str, ...]
    sources: tuple[str, ...]
    words: dict[str, Words]
    units: frozenset[str] = frozenset()
    usual: tuple[float, float] | None = None
    critical: tuple[float, float] | None = None
    better: Literal["", "high"] = ""
    parts: tuple[Part, ...] = field(default=())

    def fits(self, unit: str) -> bool:
        """Whether our numbers are in the unit of a result."""
        return _plain(unit) in self.units

    def part_of(self, value: float) -> Part | None:
        """The part of the number line that a value falls in."""
        return next((p for p in self.parts if p.below is None or value < p.below), None)


def _plain(unit: str) -> str:
    return unit.strip().lower()


@cache
def tests_by_code() -> dict[str, Test]:
    """Every explained test by each of its LOINC codes."""
    return {code: test for test in _read_all() for code in test.loinc}


def find(code: str | None) -> Test | None:
    """The explained test of a LOINC code, if there is one."""
    return tests_by_code().get(code or "")


def _read_all() -> list[Test]:
    tests = []
    for path in sorted(FOLDER.glob("*.toml")):
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            tests.append(_test(key, entry))
    return tests


def _test(key: str, entry: dict[str, Any]) -> Test:
    return Test(
        key=key,
        loinc=NAMED[key].codes,
        sources=tuple(entry["sources"]),
        words={lang: _words(entry[lang], NAMED[key].called(lang)) for lang in LANGUAGES},
        units=frozenset(_plain(unit) for unit in entry.get("units", ())),
        usual=_pair(entry.get("usual")),
        critical=_pair(entry.get("critical")),
        better=entry.get("better", ""),
        parts=tuple(_part(part) for part in entry.get("segments", ())),
    )


def _words(entry: dict[str, Any], name: str) -> Words:
    return Words(
        name=name,
        tells=entry["tells"],
        moves=entry.get("moves", ""),
        steps=tuple(entry.get("steps", ())),
    )


def _part(entry: dict[str, Any]) -> Part:
    labels = {"en": entry["en"], "es": entry["es"]}
    return Part(kind=entry["kind"], labels=labels, below=entry.get("below"))


def _pair(numbers: list[float] | None) -> tuple[float, float] | None:
    return (float(numbers[0]), float(numbers[1])) if numbers else None
