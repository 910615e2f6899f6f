"""What the oracle looks at: databases, sinks and the client log, and how it says what is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.chaos.clients import Log

Rows = Callable[..., list[Any]]


@dataclass(frozen=True, order=True)
class Discrepancy:
    """One thing that is not as it was promised: what kind of thing, which one, and the facts.

    Ids and codes only: no name and no word of a person.
    """

    kind: str
    id: str
    detail: str = ""


@dataclass(frozen=True)
class Case:
    """All witnesses: ``rows(service, query, parameters)`` asks a service's database."""

    rows: Rows
    sinks: Path
    log: Log

    @cached_property
    def visits(self) -> dict[str, Any]:
        """Every booked visit by its id."""
        query = (
            "SELECT appointment_id::text AS id, patient_id::text AS patient, "
            "provider_id::text AS provider, starts_at, booked_at "
            "FROM appointment WHERE state = 'booked'"
        )
        return {row[0]: Visit(*row) for row in self.rows("scheduling", query)}

    def sunk(self, query: str) -> list[Any]:
        """What a query finds in the sandbox's file: the mail and the texts that arrived."""
        with closing(sqlite3.connect(f"file:{self.sinks}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()


@dataclass(frozen=True)
class Visit:
    """A visit as scheduling's table has it."""

    id: str
    patient: str
    provider: str
    starts_at: Any
    booked_at: Any


def missing_and_extra(
    wanted: Iterable[Any], found: Iterable[Any], *, missing: str, extra: str
) -> Iterator[Discrepancy]:
    """Name what is wanted and not there, and what is there and wanted by nobody."""
    wanted, found = set(wanted), set(found)
    yield from (_named(missing, each) for each in wanted - found)
    yield from (_named(extra, each) for each in found - wanted)


def _named(kind: str, each: Any) -> Discrepancy:
    first, *rest = each if isinstance(each, tuple) else (each,)
    return Discrepancy(kind, str(first), " ".join(map(str, rest)))
