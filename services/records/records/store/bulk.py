"""Many rows at once: COPY for what is new, one upsert a row for the few that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from psycopg import sql
from sqlalchemy import LargeBinary, Table
from sqlalchemy.dialects.postgresql import JSONB

if TYPE_CHECKING:
    from psycopg import Connection

    from portico_kit.database import Transaction

Row = dict[str, Any]

# What people did with a result stays when its source sends it again.
_KEPT = "coalesce({table}.{name}, EXCLUDED.{name})"
ON_CHANGE = {
    "released_at": _KEPT,
    "panel_id": _KEPT,
    "panel": _KEPT,
    "registered_at": _KEPT,
    # A filling that a dispense told of is not undone by its prescription.
    "filled_on": "greatest({table}.{name}, EXCLUDED.{name})",
    "supply_days": "CASE WHEN {table}.filled_on > EXCLUDED.filled_on THEN {table}.{name} "
    "ELSE coalesce(EXCLUDED.{name}, {table}.{name}) END",
}


def driver(tx: Transaction) -> Connection[Any]:
    """psycopg's own connection under a transaction: COPY exists only there."""
    found: Connection[Any] = tx.connection.connection.driver_connection  # type: ignore[assignment]
    return found


def copy_rows(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows by COPY; columns that are absent in the first row get their defaults."""
    if not rows:
        return
    columns = [c for c in table.columns if c.name in rows[0]]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(c.name) for c in columns)
    )
    with driver(tx).cursor() as cursor, cursor.copy(statement) as copy:
        for values in _values(columns, rows):
            copy.write_row(values)


def upsert_rows(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or set their columns where the id is there already."""
    if not rows:
        return
    columns = [c for c in table.columns if c.name in rows[0]]
    names = [sql.Identifier(c.name) for c in columns]
    changed = [_change(table.name, c.name) for c in columns if c.name != "id"]
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {sets}"
    ).format(
        table=sql.Identifier(table.name),
        names=sql.SQL(", ").join(names),
        places=sql.SQL(", ").join(sql.Placeholder() for _ in names),
        sets=sql.SQL(", ").join(changed),
    )
    with driver(tx).cursor() as cursor:
        cursor.executemany(statement, list(_values(columns, rows)))


def delete_views(tx: Transaction, table: Table, ids: Iterable[UUID]) -> None:
    """Take away rows whose resource no longer has anything for this page."""
    with driver(tx).cursor() as cursor:
        cursor.execute(
            sql.SQL("DELETE FROM {} WHERE id = ANY(%s)").format(sql.Identifier(table.name)),
            [list(ids)],
        )


def _change(table: str, column: str) -> sql.Composed:
    value = ON_CHANGE.get(column, "EXCLUDED.{name}")
    return sql.SQL("{name} = " + value).format(
        name=sql.Identifier(column), table=sql.Identifier(table)
    )


def _values(columns: Sequence[Any], rows: Sequence[Row]) -> Iterator[list[Any]]:
    plain = [(c.name, _form(c)) for c in columns]
    for row in rows:
        yield [form(row[name]) if form else row[name] for name, form in plain]


def _form(column: Any) -> Any:
    if isinstance(column.type, JSONB):
        return _json
    return _bytes if isinstance(column.type, LargeBinary) else None


def _json(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return (value if isinstance(value, bytes) else orjson.dumps(value)).decode()


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
