"""Reminders as rows: planned with a visit, announced once, called off with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, exists, func, select, text, update

from portico_kit.database import Transaction
from portico_kit.ids import new_id

from ..domain.reminders import Reminder
from .tables import appointment, reminder
from .visits import WHOLE, visits

r = reminder.c
WAITING, ANNOUNCED, SUPPRESSED, CANCELLED = "waiting", "announced", "suppressed", "cancelled"


# One statement however many there are, put together once: it runs with every booking.
_EACH = ("reminder_id", *Reminder._fields)
_PLAN = text(
    "INSERT INTO reminder (appointment_id, revision, state, reminder_id, kind, due_at, worth_until)"
    " SELECT :appointment_id, :revision, 'waiting', * FROM unnest(CAST(:reminder_id AS uuid[]), "
    "CAST(:kind AS text[]), CAST(:due_at AS timestamptz[]), CAST(:worth_until AS timestamptz[]))"
)


def plan(
    tx: Transaction, planned: Iterable[Reminder], *, appointment_id: UUID, revision: int
) -> None:
    """Write the reminders of a visit as it stands in a revision."""
    rows = [(new_id(), *one) for one in planned]
    if rows:
        columns = dict(zip(_EACH, map(list, zip(*rows, strict=True)), strict=True))
        tx.execute(_PLAN, {**columns, "appointment_id": appointment_id, "revision": revision})


def call_off(tx: Transaction, appointment_id: UUID) -> None:
    """End what still waits for a visit that is off, or that has moved."""
    waiting = and_(r.appointment_id == appointment_id, r.state == WAITING)
    ended = {"state": CANCELLED, "settled_at": tx.now}
    tx.execute(update(reminder).where(waiting).values(**ended))


def settle_due(tx: Transaction, *, now: datetime, most: int) -> list[Row[Any]]:
    """End up to ``most`` reminders that are due, each once whoever else tries; those ended.

    One that is of no use any more is suppressed; the others count as announced, so that the
    caller has to announce them in this transaction.
    """
    due = (
        select(r.reminder_id)
        .where(r.state == WAITING, r.due_at <= now)
        .order_by(r.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    state = case((r.worth_until > now, ANNOUNCED), else_=SUPPRESSED)
    change = (
        update(reminder)
        .where(r.reminder_id == due.c.reminder_id, r.state == WAITING)
        .values(state=state, settled_at=now)
    )
    return list(tx.execute(change.returning(reminder)))


def visits_of(tx: Transaction, appointment_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The visits behind some reminders, by their ids."""
    wanted = visits(*WHOLE).where(appointment.c.appointment_id.in_(list(appointment_ids)))
    return {row.appointment_id: row for row in tx.execute(wanted)}


def call_off_orphans(tx: Transaction) -> int:
    """End what waits for a visit that does not stand as it did when it was planned; how many."""
    stands = exists().where(
        appointment.c.appointment_id == r.appointment_id,
        appointment.c.state == "booked",
        appointment.c.revision == r.revision,
    )
    orphans = update(reminder).where(r.state == WAITING, ~stands)
    return int(tx.execute(orphans.values(state=CANCELLED, settled_at=tx.now)).rowcount)


def count_overdue(tx: Transaction, *, grace: timedelta) -> int:
    """How many should have been announced ``grace`` ago."""
    late = and_(r.state == WAITING, r.due_at < tx.now - grace)
    return int(tx.execute(select(func.count()).where(late)).scalar_one())
