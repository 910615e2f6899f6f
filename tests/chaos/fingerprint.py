"""What a database says, as a hash a table: without when it heard it, and how it numbered it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from portico_contracts.wire import decode
from portico_kit.database import Store, Transaction
from tests.chaos.history import Told

# Keys are made up on first use; the rest is the kit's bookkeeping of deliveries, and of no event.
NOT_STATE = {"alembic_version", "data_key", "outbox", "aggregate_sequence", "timer_run"}
TABLES = text(
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
    "AND relnamespace = 'public'::regnamespace ORDER BY relname"
)
NUMBERED = text(
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = 'public' AND is_identity = 'YES'"
)
# Whose key a sealed column is under.
OWNERS = ("patient_id", "person_id", "recipient_id")


def fingerprint(store: Store, told: Iterable[Told]) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a hash of what they say.

    Ids and moments that no event names were made up on arrival, and count as such.
    """
    known = _named_in(told)
    with store.transaction() as tx:
        numbered = Counter(tuple(row) for row in tx.execute(NUMBERED))
        tables = [name for (name,) in tx.execute(TABLES) if name not in NOT_STATE]
        return {name: _hash(tx, name, numbered, known) for name in tables}


def _hash(tx: Transaction, table: str, numbered: Counter[Any], known: set[Any]) -> tuple[int, str]:
    rows = tx.execute(text(f"SELECT to_jsonb(t) FROM {table} t")).scalars()
    said = sorted(
        json.dumps(
            {n: _plain(tx, row, v, known) for n, v in row.items() if not numbered[table, n]},
            sort_keys=True,
        )
        for row in rows
    )
    return len(said), hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _plain(tx: Transaction, row: dict[str, Any], value: Any, known: set[Any]) -> Any:
    if not isinstance(value, str):
        return value
    if value.startswith("\\x"):
        owner = next(UUID(row[name]) for name in OWNERS if row.get(name))
        return tx.unseal(owner, bytes.fromhex(value[2:]))
    read = _read(value)
    return value if read is None or read in known else f"some {type(read).__name__}"


def _read(value: str) -> UUID | datetime | None:
    for kind in (UUID, datetime.fromisoformat):
        try:
            found = kind(value)
        except ValueError:
            continue
        # A bare day is a fact, not a moment.
        return found if isinstance(found, UUID) or found.tzinfo else None
    return None


def _named_in(told: Iterable[Told]) -> set[Any]:
    known: set[Any] = set()
    for one in told:
        envelope = decode(one.body)
        values = vars(envelope.event).values()
        known |= {envelope.event_id, envelope.occurred_at}
        known |= {value for value in values if isinstance(value, UUID | datetime)}
    return known
