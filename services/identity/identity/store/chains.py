"""The ledger's chains as they stand, for those who look them through: whole months, as plain rows.

By bare psycopg, on connections of the reader's own: a million rows pass here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

AT_ONCE = 5_000  # rows fetched, or positions asked for, at a time
Reader = psycopg.Connection[dict[str, Any]]

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
_HASHES = "SELECT position, hash FROM ledger WHERE month = %s AND position = ANY(%s)"
_HIDDEN = """
    SELECT position, row_id::text AS row_id FROM ledger, unnest(patient_ids) AS about (patient_id)
    WHERE month = %s AND NOT EXISTS (
        SELECT FROM ledger_patient AS shown
        WHERE shown.patient_id = about.patient_id AND shown.at = ledger.at
            AND shown.row_id = ledger.row_id)
    ORDER BY position LIMIT 1
"""


@contextmanager
def reader(url: str) -> Iterator[Reader]:
    """A connection that sees one moment and changes nothing. Raises psycopg.Error."""
    with psycopg.connect(url, row_factory=dict_row, options="-c timezone=UTC") as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection


def months(connection: Reader) -> list[dict[str, Any]]:
    """Each month that has rows or a head: ``last`` position, and the head's position and hash."""
    return connection.execute(_MONTHS).fetchall()


@contextmanager
def stretch(
    connection: Reader, month: date, *, first: int, last: int
) -> Iterator[Iterator[dict[str, Any]]]:
    """A month's rows from one position to another, in order, as `domain.chained` takes them."""
    with connection.cursor(name="rows") as rows:
        rows.itersize = AT_ONCE
        rows.execute(_ROWS, (month, first, last))
        yield iter(rows)


def hashes(connection: Reader, month: date, positions: Collection[int]) -> dict[int, bytes]:
    """The hashes that stand at these positions; those where no row is are left out."""
    wanted, found = sorted(positions), dict[int, bytes]()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        for row in connection.execute(_HASHES, (month, some)):
            found[row["position"]] = bytes(row["hash"])
    return found


def first_hidden(connection: Reader, month: date) -> dict[str, Any] | None:
    """The first row (position, id) that one of those whom it is about would not be shown."""
    return connection.execute(_HIDDEN, (month,)).fetchone()
