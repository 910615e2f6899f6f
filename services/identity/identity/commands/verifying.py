"""Whether the access ledger still stands as it was written.

Each row is hashed anew onto the row before it; each month must end where its head says, hold what
its anchors saw, and show every row to those whom it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from .. import domain
from ..adapters.anchors import Anchor

STRETCH = 50_000  # rows hashed by one process at a time
AT_ONCE = 5_000  # rows fetched, or anchors asked for, at a time

_MONTHS = """
    SELECT month, coalesce(last, 0) AS last, position, hash
    FROM ledger_head FULL JOIN
        (SELECT month, max(position) AS last FROM ledger GROUP BY month) AS found USING (month)
    ORDER BY month
"""
# PostgreSQL writes values as the chain has them: faster than Python by half.
_ROWS = """
    SELECT position, previous_hash, hash, row_id::text AS row_id, service, method, category, action,
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') AS at,
        actor_kind, account_id::text AS account_id, roles, relationship,
        patient_ids::text[] AS patient_ids
    FROM ledger WHERE month = %s AND position BETWEEN %s AND %s
    ORDER BY position, row_id
"""
_HASH = "SELECT hash FROM ledger WHERE month = %s AND position = %s"
_HASHES = "SELECT position, hash FROM ledger WHERE month = %s AND position = ANY(%s)"
_HIDDEN = """
    SELECT position, row_id::text AS row_id FROM ledger, unnest(patient_ids) AS about (patient_id)
    WHERE month = %s AND NOT EXISTS (
        SELECT FROM ledger_patient AS shown
        WHERE shown.patient_id = about.patient_id AND shown.at = ledger.at
            AND shown.row_id = ledger.row_id)
    ORDER BY position LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing in a month that is not as it was written; ``what`` says how, in words."""

    month: date
    position: int
    what: str
    row_id: str | None = None


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
    advanced: Callable[[int], None] = lambda _rows: None,
) -> Iterator[Month]:
    """Look every month through, each month's result as it comes; ``advanced`` hears of rows done.

    ``url`` may read the tables ledger, ledger_head and ledger_patient. Raises psycopg.Error.
    """
    known: dict[date, dict[int, bytes]] = {}
    for anchor in anchors:
        known.setdefault(anchor.month, {})[anchor.position] = anchor.hash
    with psycopg.connect(url, row_factory=dict_row, options="-c timezone=UTC") as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        months = connection.execute(_MONTHS).fetchall()
        for month in sorted(known.keys() - {row["month"] for row in months}):
            gone = Bad(month, 1, "the whole month is gone")
            yield Month(month=month, rows=0, anchors=len(known[month]), bad=gone)
        for row in months:
            seen = known.get(row["month"], {})
            bad = _chain(url, row, workers, advanced)
            bad = _earlier(bad, _against_anchors(connection, row, seen))
            bad = _earlier(bad, _hidden(connection, row["month"]))
            yield Month(month=row["month"], rows=row["last"], anchors=len(seen), bad=bad)


def _earlier(one: Bad | None, other: Bad | None) -> Bad | None:
    found = [bad for bad in (one, other) if bad is not None]
    return min(found, key=lambda bad: bad.position, default=None)


def _chain(
    url: str, row: dict[str, Any], workers: Executor, advanced: Callable[[int], None]
) -> Bad | None:
    month, last = row["month"], row["last"]
    firsts = range(1, last + 1, STRETCH)
    work = [(url, month, first, min(first + STRETCH - 1, last)) for first in firsts]
    for (_, _, first, end), bad in zip(work, workers.map(_stretch, work), strict=True):
        advanced(end - first + 1)
        if bad is not None:
            return bad
    if row["position"] is None:
        return Bad(month, 1, "the head of the month is gone")
    if row["position"] > last:
        return Bad(month, last + 1, f"rows up to {row['position']} are gone from the end")
    if row["position"] < last:
        return Bad(month, row["position"] + 1, "rows were added behind the head")
    with psycopg.connect(url) as connection:
        (ends,) = connection.execute(_HASH, (month, last)).fetchone() or (None,)
    if last and bytes(ends) != bytes(row["hash"]):
        return Bad(month, last, "the head is another")
    return None


def _stretch(work: tuple[str, date, int, int]) -> Bad | None:
    """The first bad row of a stretch; it trusts the hash just before it, which others look at."""
    url, month, first, last = work
    with psycopg.connect(url, row_factory=dict_row, options="-c timezone=UTC") as connection:
        previous = domain.first_hash(month)
        if first > 1:
            before = connection.execute(_HASH, (month, first - 1)).fetchone()
            if before is None:
                return None  # the stretch before this one says so
            previous = bytes(before["hash"])
        with connection.cursor(name="rows") as rows:
            rows.itersize = AT_ONCE
            rows.execute(_ROWS, (month, first, last))
            return _first_bad(month, rows, previous, first=first, last=last)


def _first_bad(
    month: date, rows: Iterable[dict[str, Any]], previous: bytes, *, first: int, last: int
) -> Bad | None:
    expected = first
    for row in rows:
        place, row_id = row["position"], row["row_id"]
        if place > expected:
            return Bad(month, expected, "the row is gone")
        if place < expected:
            return Bad(month, place, "a row was added", row_id)
        made = domain.chained(previous, place, row)
        if bytes(row["hash"]) != made or bytes(row["previous_hash"]) != previous:
            return Bad(month, place, "the row is not the one that was written here", row_id)
        previous = made
        expected += 1
    return Bad(month, expected, "the row is gone") if expected <= last else None


def _against_anchors(connection: Any, row: dict[str, Any], seen: dict[int, bytes]) -> Bad | None:
    """A chain that fits in itself may have been made anew: then its anchors do not fit."""
    month, sure = row["month"], 0
    positions = sorted(seen)
    for start in range(0, len(positions), AT_ONCE):
        some = positions[start : start + AT_ONCE]
        stands = _stands(connection, month, some)
        for position in some:
            if position not in stands:
                return Bad(month, row["last"] + 1, f"an anchor knew rows up to {position}")
            if stands[position] != seen[position]:
                between = f"rows from {sure + 1} to {position} are not those that were anchored"
                return Bad(month, sure + 1, between)
            sure = position
    return None


def _stands(connection: Any, month: date, positions: Collection[int]) -> dict[int, bytes]:
    found = connection.execute(_HASHES, (month, list(positions)))
    return {row["position"]: bytes(row["hash"]) for row in found}


def _hidden(connection: Any, month: date) -> Bad | None:
    row = connection.execute(_HIDDEN, (month,)).fetchone()
    if row is None:
        return None
    return Bad(month, row["position"], "the row is hidden from whom it is about", row["row_id"])
