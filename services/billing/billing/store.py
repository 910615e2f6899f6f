"""Writes and locked reads of billing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from portico_contracts.billing import NewLine, PaymentInFlight
from portico_contracts.refusal import NotFound
from portico_kit.ids import new_id

from .domain import (
    CLOCKS_DIFFER,
    LONGEST_PAUSE,
    OPEN,
    PATIENT_RECEIVABLE,
    Posting,
    patient_share,
)
from .tables import journal_entry, patient_zone, payment, posting, statement, statement_line

# The two ways in which a payment may have been begun by somebody else just now.
BEGUN_ALREADY = ("uq_payment_open", "uq_payment_key")


def keep_zone(tx: Any, *, patient_id: UUID, zone: str, changed_at: datetime) -> None:
    """Remember where a patient lives; an older change that arrives later is ignored."""
    made = upsert(patient_zone).values(patient_id=patient_id, zone=zone, changed_at=changed_at)
    newer = patient_zone.c.changed_at <= made.excluded.changed_at
    fresh = {"zone": made.excluded.zone, "changed_at": made.excluded.changed_at}
    tx.execute(made.on_conflict_do_update(index_elements=["patient_id"], set_=fresh, where=newer))


def zone_of(tx: Any, patient_id: UUID) -> str | None:
    """Where a patient lives; None where nobody told us."""
    found = select(patient_zone.c.zone).where(patient_zone.c.patient_id == patient_id)
    zone: str | None = tx.execute(found).scalar()
    return zone


def add_statement(tx: Any, row: dict[str, Any], lines: Sequence[NewLine]) -> None:
    """Write a statement and its lines; what people wrote is sealed."""
    tx.execute(insert(statement).values(**row))
    tx.execute(
        insert(statement_line),
        [_line(tx, row, position, line) for position, line in enumerate(lines)],
    )


def _line(tx: Any, row: dict[str, Any], position: int, line: NewLine) -> dict[str, Any]:
    return {
        "id": new_id(),
        "statement_id": row["id"],
        "position": position,
        "service_on": line.service_on,
        "code": line.code,
        "description": tx.seal(row["patient_id"], line.description),
        "charge_cents": line.charge_cents,
        "adjustment_cents": line.adjustment_cents,
        "insurance_cents": line.insurance_cents,
        "patient_cents": patient_share(line),
    }


def post(
    tx: Any,
    *,
    kind: str,
    reference: UUID,
    statement_id: UUID,
    currency: str,
    postings: Iterable[Posting],
    at: datetime,
) -> None:
    """Write one journal entry. The database refuses one that does not balance, or a second one
    of the same kind about the same thing."""
    entry_id = new_id()
    tx.execute(insert(journal_entry).values(id=entry_id, at=at, kind=kind, reference=reference))
    rows = [
        {
            "id": new_id(),
            "entry_id": entry_id,
            "account": side.account,
            "cents": side.cents,
            "currency": currency,
            "statement_id": statement_id,
        }
        for side in postings
    ]
    tx.execute(insert(posting), rows)


def balance_of(tx: Any, statement_id: UUID) -> int:
    """What the patient still owes of a statement, in cents: the ledger says."""
    total = select(func.coalesce(func.sum(posting.c.cents), 0)).where(
        posting.c.statement_id == statement_id, posting.c.account == PATIENT_RECEIVABLE
    )
    return int(tx.execute(total).scalar_one())


def lock_statement(tx: Any, *, statement_id: UUID, patient_id: UUID) -> dict[str, Any]:
    """The statement, locked until this transaction ends. NotFound unless it is the patient's."""
    found = select(statement).where(
        statement.c.id == statement_id, statement.c.patient_id == patient_id
    )
    row = tx.execute(found.with_for_update()).mappings().one_or_none()
    if row is None:
        raise NotFound
    return dict(row)


def add_payment(tx: Any, row: dict[str, Any]) -> None:
    """Write a new payment. Raises PaymentInFlight when the statement has an open one."""
    try:
        tx.execute(insert(payment).values(**row))
    except IntegrityError as problem:
        diagnosis = getattr(problem.orig, "diag", None)
        if diagnosis is None or diagnosis.constraint_name not in BEGUN_ALREADY:
            raise
        raise PaymentInFlight from problem


def statement_by_id(tx: Any, statement_id: UUID) -> dict[str, Any] | None:
    """A statement, whoever's it is: for what no patient asked for."""
    found = select(statement).where(statement.c.id == statement_id)
    row = tx.execute(found).mappings().one_or_none()
    return dict(row) if row else None


def payments_to_check(tx: Any) -> list[dict[str, Any]]:
    """Every payment that the processor is still asked about, whenever that would be."""
    query = select(payment).where(payment.c.check_at.is_not(None)).order_by(payment.c.started_at)
    return [dict(row) for row in tx.execute(query).mappings()]


def payment_by_key(tx: Any, *, patient_id: UUID, key: str | None) -> dict[str, Any] | None:
    """The payment that this Idempotency-Key started before."""
    if key is None:
        return None
    return _one(tx, payment.c.patient_id == patient_id, payment.c.key == key)


def open_payment(tx: Any, statement_id: UUID) -> dict[str, Any] | None:
    """The payment of a statement that has not ended yet; there is one at most."""
    return _one(tx, payment.c.statement_id == statement_id, payment.c.state.in_(OPEN))


def payment_of(tx: Any, *, payment_id: UUID, patient_id: UUID) -> dict[str, Any]:
    """A patient's own payment. Raises NotFound."""
    found = _one(tx, payment.c.id == payment_id, payment.c.patient_id == patient_id)
    if found is None:
        raise NotFound
    return found


def payment_by_id(tx: Any, payment_id: UUID, *, lock: bool = False) -> dict[str, Any] | None:
    """A payment, locked if asked."""
    return _one(tx, payment.c.id == payment_id, lock=lock)


def _one(tx: Any, *where: Any, lock: bool = False) -> dict[str, Any] | None:
    query = select(payment).where(*where)
    row = tx.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return dict(row) if row else None


def change_payment(tx: Any, payment_id: UUID, *, where: Sequence[str], **values: Any) -> bool:
    """Change a payment that is in one of the states ``where``; False where it is in another."""
    change = update(payment).where(payment.c.id == payment_id, payment.c.state.in_(where))
    return bool(tx.execute(change.values(**values)).rowcount)


def take_to_check(tx: Any, *, count: int, next_at: datetime) -> list[dict[str, Any]]:
    """Payments whose time to ask the processor has come; put off until ``next_at`` meanwhile."""
    # A moment further ahead than any we set was set by a clock that was wrong.
    ahead = payment.c.check_at > tx.now + LONGEST_PAUSE + CLOCKS_DIFFER
    due = (
        select(payment.c.id)
        .where(or_(payment.c.check_at <= tx.now, ahead))
        .order_by(payment.c.check_at)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    change = update(payment).where(payment.c.id.in_(due)).values(check_at=next_at)
    return [dict(row) for row in tx.execute(change.returning(payment)).mappings()]


def mark_for_review(tx: Any, payment_id: UUID) -> bool:
    """Note that a person is to look at a payment; False where that was noted before."""
    change = update(payment).where(payment.c.id == payment_id, payment.c.review_at.is_(None))
    return bool(tx.execute(change.values(review_at=tx.now)).rowcount)


def count_overdue(tx: Any, *, grace: timedelta) -> int:
    """How many payments should have been asked about ``grace`` ago."""
    late = payment.c.check_at < tx.now - grace
    return int(tx.execute(select(func.count()).where(late)).scalar_one())


def count_unsettled(tx: Any) -> int:
    """How many payments a person was asked to look at and are still asked about."""
    troubled = payment.c.review_at.is_not(None) & payment.c.check_at.is_not(None)
    return int(tx.execute(select(func.count()).where(troubled)).scalar_one())
