"""The access ledger takes what every service's audit tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from portico_kit.database import Store, Transaction
from portico_kit.logs import log

from .. import domain
from ..adapters import anchors
from ..adapters.anchors import Anchor
from ..store import ledger

MONTHS_AHEAD = 3


def append_audit(tx: Transaction, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add a batch of audit rows; one delivered again adds nothing."""
    by_month: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in map(_read, rows):
        by_month[domain.month_of(row["at"])].append(row)
    # In order of months, so that two batches never wait for each other crosswise.
    for month in sorted(by_month):
        ledger.append(tx, month, by_month[month])


def anchor(database: Store) -> None:
    """Note where each month's chain ends now, outside the database: in a file, and in the log.

    Whoever owns the database may write the whole chain anew, but not what was noted elsewhere.
    """
    with database.transaction() as tx:
        heads, moment = ledger.heads(tx), tx.now.isoformat()
    fresh = [Anchor(*head) for head in heads if _anchored.get(head.month) != head.hash]
    if not fresh:
        return
    if path := database.config.ledger_anchors:
        anchors.note(Path(path), fresh, timestamp=moment)
    for one in fresh:
        log.info(**anchors.facts(one))
        _anchored[one.month] = one.hash


# What this process noted last; after a restart the same is noted once more.
_anchored: dict[date, bytes] = {}


def make_months_ahead(tx: Transaction, *, now: datetime) -> None:
    """See that this month and the next ones have partitions."""
    month = domain.month_of(now)
    for _ in range(MONTHS_AHEAD + 1):
        ledger.make_month(tx, month)
        month = (month + timedelta(days=32)).replace(day=1)


def _read(row: Mapping[str, Any]) -> dict[str, Any]:
    actor = row["actor"]
    account_id = actor.get("account_id")
    return {
        "row_id": UUID(str(row["id"])),
        "at": _moment(row["at"]),
        "service": row["service"],
        "method": row["method"],
        "category": row["category"],
        "action": row["action"],
        "actor_kind": actor["kind"],
        "account_id": UUID(str(account_id)) if account_id else None,
        "roles": list(actor.get("roles") or ()),
        "relationship": actor.get("relationship"),
        "patient_ids": [UUID(str(patient_id)) for patient_id in row["patient_ids"]],
    }


def _moment(at: Any) -> datetime:
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return moment.astimezone(UTC)
