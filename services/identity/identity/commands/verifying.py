"""Whether the access ledger still stands as it was written.

Each row is hashed anew onto the row before it; each month must end where its head says, hold what
its anchors saw, and show every row to those whom it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from typing import Any

from .. import domain
from ..adapters.anchors import Anchor
from ..domain import Bad
from ..store import chains

STRETCH = 50_000  # rows hashed by one process at a time
Advanced = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month, looked through."""

    month: date
    rows: int
    anchors: int
    bad: Bad | None


def verify(
    url: str,
    anchors: Iterable[Anchor],
    *,
    workers: Executor,
    advanced: Advanced = lambda _rows: None,
) -> Iterator[Month]:
    """Look every month through, each month's result as it comes; ``advanced`` hears of rows done.

    ``url`` may read the tables ledger, ledger_head and ledger_patient. Raises psycopg.Error.
    """
    known: dict[date, dict[int, bytes]] = {}
    for anchor in anchors:
        known.setdefault(anchor.month, {})[anchor.position] = anchor.hash
    with chains.reader(url) as connection:
        months = chains.months(connection)
        for month in sorted(known.keys() - {found["month"] for found in months}):
            gone = Bad(month, 1, "the whole month is gone")
            yield Month(month=month, rows=0, anchors=len(known[month]), bad=gone)
        for found in months:
            month, last, seen = found["month"], found["last"], known.get(found["month"], {})
            stands = chains.hashes(connection, month, [last, *seen])
            bad = [
                _in_the_rows(url, month, last, workers, advanced),
                _at_the_end(found, stands),
                domain.bad_anchor(month, seen, stands, last=last),
                _hidden(connection, month),
            ]
            yield Month(month=month, rows=last, anchors=len(seen), bad=_first(bad))


def _first(found: Iterable[Bad | None]) -> Bad | None:
    return min(filter(None, found), key=lambda bad: bad.position, default=None)


def _in_the_rows(
    url: str, month: date, last: int, workers: Executor, advanced: Advanced
) -> Bad | None:
    firsts = range(1, last + 1, STRETCH)
    work = [(url, month, first, min(first + STRETCH - 1, last)) for first in firsts]
    for (_, _, first, end), bad in zip(work, workers.map(_in_a_stretch, work), strict=True):
        advanced(end - first + 1)
        if bad is not None:
            return bad
    return None


def _in_a_stretch(work: tuple[str, date, int, int]) -> Bad | None:
    """It trusts the hash just before it, which the stretch before looks at."""
    url, month, first, last = work
    with chains.reader(url) as connection:
        before = {0: domain.first_hash(month)} | chains.hashes(connection, month, [first - 1])
        if first - 1 not in before:
            return None  # the stretch before this one says so
        with chains.stretch(connection, month, first=first, last=last) as rows:
            return domain.first_bad(month, rows, before[first - 1], first=first, last=last)


def _at_the_end(found: dict[str, Any], stands: dict[int, bytes]) -> Bad | None:
    return domain.bad_end(
        found["month"],
        last=found["last"],
        ends=stands.get(found["last"]),
        head=found["position"],
        head_hash=None if found["hash"] is None else bytes(found["hash"]),
    )


def _hidden(connection: chains.Reader, month: date) -> Bad | None:
    row = chains.first_hidden(connection, month)
    if row is None:
        return None
    return Bad(month, row["position"], "the row is hidden from whom it is about", row["row_id"])
