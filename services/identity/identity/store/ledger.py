"""The access ledger: rows are only ever added, each chained to the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
from sqlalchemy import Row, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_kit.database import Transaction

from .. import domain
from .tables import ledger, ledger_head

RECENT = timedelta(days=62)  # rows reach the ledger late after an outage, not months late

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 11))")
# One statement for a whole batch: hundreds of single inserts cost more than what they record.
_ADD = text(
    "WITH added AS (INSERT INTO ledger (at, row_id, month, position, service, method, category, "
    "action, actor_kind, account_id, roles, relationship, patient_ids, previous_hash, hash) "
    "SELECT at, row_id, month, position, service, method, category, action, actor_kind, "
    "account_id, roles, relationship, patient_ids, decode(previous_hash, 'hex'), "
    "decode(hash, 'hex') FROM jsonb_to_recordset(CAST(:links AS jsonb)) AS link (at timestamptz, "
    "row_id uuid, month date, position bigint, service text, method text, category text, "
    "action text, actor_kind text, account_id uuid, roles text[], relationship text, "
    "patient_ids uuid[], previous_hash text, hash text) RETURNING patient_ids, at, row_id) "
    "INSERT INTO ledger_patient (patient_id, at, row_id) "
    "SELECT DISTINCT unnest(patient_ids), at, row_id FROM added"
)
_MAKE_MONTH = text("SELECT ledger_make_month(:month)")


def append(tx: Transaction, month: date, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add rows of one month to its chain; those that stand there already are left out."""
    tx.execute(_LOCK, {"name": f"ledger {month}"})
    fresh = _unknown(tx, rows)
    if not fresh:
        return 0
    position, previous = _head(tx, month)
    links = list(_links(month, position, previous, fresh))
    tx.execute(_ADD, {"links": orjson.dumps(links, default=_hex).decode()})
    moved = {"position": links[-1]["position"], "hash": links[-1]["hash"]}
    tx.execute(update(ledger_head).where(ledger_head.c.month == month).values(moved))
    return len(links)


def _hex(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value))


def heads(tx: Transaction) -> list[Row[Any]]:
    """Where the chains end that have changed in the last two months: month, position, hash."""
    recent = ledger_head.c.month >= tx.now.date() - RECENT
    columns = (ledger_head.c.month, ledger_head.c.position, ledger_head.c.hash)
    return list(tx.execute(select(*columns).where(recent).order_by(ledger_head.c.month)))


def make_month(tx: Transaction, month: date) -> None:
    """See that a month has partitions of its own; rows that came early move into them."""
    tx.execute(_MAKE_MONTH, {"month": month})


def _unknown(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    keys = {(row["at"], row["row_id"]): row for row in rows}
    here = tuple_(ledger.c.at, ledger.c.row_id).in_(list(keys))
    known = set(tx.execute(select(ledger.c.row_id).where(here)).scalars())
    return [row for row in keys.values() if row["row_id"] not in known]


def _head(tx: Transaction, month: date) -> tuple[int, bytes]:
    first = upsert(ledger_head).values(month=month, position=0, hash=domain.first_hash(month))
    tx.execute(first.on_conflict_do_nothing())
    row = tx.execute(select(ledger_head).where(ledger_head.c.month == month)).one()
    return row.position, bytes(row.hash)


def _links(
    month: date, position: int, previous: bytes, rows: Iterable[Mapping[str, Any]]
) -> Iterable[dict[str, Any]]:
    for place, row in enumerate(rows, start=position + 1):
        made = domain.chained(previous, place, row)
        yield {**row, "month": month, "position": place, "previous_hash": previous, "hash": made}
        previous = made
