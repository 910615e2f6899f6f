"""Visits and holds: rows of one table, so that one constraint has the last word on both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction

from ..domain.free_times import Span
from .tables import appointment, location, provider, visit_type

a = appointment.c
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between the copies of a service that are well


def _row(a: Any) -> tuple[Any, ...]:
    return (
        *(a[name] for name in ("appointment_id", "patient_id", "state", "mode", "visit_type_id")),
        visit_type.c.code.label("visit_code"),
        visit_type.c.name_en.label("visit_name_en"),
        visit_type.c.name_es.label("visit_name_es"),
        a.provider_id,
        provider.c.name.label("provider_name"),
        provider.c.title.label("provider_title"),
        a.location_id,
        location.c.name.label("location_name"),
        *(a[name] for name in ("starts_at", "ends_at", "zone")),
    )


def _whole(a: Any) -> tuple[Any, ...]:
    return (
        *_row(a),
        location.c.address.label("location_address"),
        location.c.phone.label("location_phone"),
        *(a[name] for name in ("reason", "booked_by", "booked_at", "cancelled_by")),
        *(a[name] for name in ("cancelled_at", "cancel_reason", "revision")),
    )


def _named(a: Any, columns: tuple[Any, ...]) -> Select[Any]:
    return (
        select(*columns)
        .join(visit_type, visit_type.c.visit_type_id == a.visit_type_id)
        .join(provider, provider.c.provider_id == a.provider_id)
        .join(location, location.c.location_id == a.location_id)
    )


ROW = _row(a)  # a visit as lists show it, with the names beside the ids
WHOLE = _whole(a)


def visits(*columns: Any) -> Select[Any]:
    """The beginning of every query for visits; holds are not visits."""
    return _named(a, columns).where(a.state != "held")


_ONE = visits(*WHOLE).where(
    a.appointment_id == bindparam("appointment_id"), a.patient_id == bindparam("patient_id")
)
_COMING = select(a.appointment_id, a.starts_at, a.ends_at).where(
    a.patient_id == bindparam("patient_id"), a.state == "booked", a.ends_at > bindparam("now")
)


def load_visit(tx: Transaction, appointment_id: UUID) -> Row[Any]:
    """A visit of the patient whom the call is about. Raises NotFound, another's included."""
    asked = {"appointment_id": appointment_id, "patient_id": tx.patient_id}
    row = tx.execute(_ONE, asked).one_or_none()
    if row is None:
        raise NotFound
    return row


def load_coming(tx: Transaction, patient_id: UUID) -> list[tuple[UUID, Span]]:
    """The patient's visits that have not ended yet. Who adds one takes `alone_with` first."""
    rows = tx.execute(_COMING, {"patient_id": patient_id, "now": tx.now})
    return [(row.appointment_id, (row.starts_at, row.ends_at)) for row in rows]


_RUN_OUT_IN_THE_WAY = and_(
    a.provider_id == bindparam("provider_id"),
    a.held_until <= bindparam("now"),
    func.tstzrange(a.starts_at, a.free_at).op("&&")(
        func.tstzrange(bindparam("start"), bindparam("end"))
    ),
)
_IN_THE_WAY = (
    select(a.appointment_id)
    .where(a.state == "held")
    .where(or_(a.patient_id == bindparam("patient_id"), _RUN_OUT_IN_THE_WAY))
    # Whoever else removes the same rows will do; waiting for them could only deadlock.
    .with_for_update(skip_locked=True)
)
_MAKE_ROOM = delete(appointment).where(a.appointment_id.in_(_IN_THE_WAY))


def make_room(tx: Transaction, *, patient_id: UUID, provider_id: UUID, span: Span) -> None:
    """Remove the patient's own hold, and holds that have run out where a visit is to stand."""
    asked = {"patient_id": patient_id, "provider_id": provider_id, "now": tx.now}
    tx.execute(_MAKE_ROOM, {**asked, "start": span[0], "end": span[1]})


# What a new row may say; the rest is for later.
_NEW = (
    "appointment_id", "patient_id", "provider_id", "location_id", "visit_type_id", "mode", "state",
    "starts_at", "ends_at", "free_at", "zone", "reason", "booked_by", "booked_at", "held_until",
)  # fmt: skip
_MADE = (
    insert(appointment)
    .values({name: bindparam(name) for name in _NEW})
    .on_conflict_do_nothing()
    .returning(*a)
    .cte("made")
)
_CLAIM = _named(_MADE.c, _whole(_MADE.c))


def claim(tx: Transaction, values: Mapping[str, Any]) -> Row[Any] | None:
    """Insert a hold or a visit; its WHOLE, or None where a constraint says: the time is taken.

    A concurrent claim of the same time is waited for: after it commits, this one is None.
    """
    return tx.execute(_CLAIM, {**dict.fromkeys(_NEW), **values}).one_or_none()


def cancel(
    tx: Transaction, appointment_id: UUID, *, by: str, at: datetime, reason: bytes | None
) -> bool:
    """Call a booked visit off; False where it is not booked any more."""
    statement = (
        update(appointment)
        .where(a.appointment_id == appointment_id, a.state == "booked")
        .values(
            state="cancelled",
            cancelled_by=by,
            cancelled_at=at,
            cancel_reason=reason,
            revision=a.revision + 1,
        )
    )
    return tx.execute(statement).rowcount == 1


def remove_expired_holds(tx: Transaction, *, longest: timedelta) -> None:
    """Remove holds that have run out: they count for nothing already.

    One that reaches further than any hold was made by a clock that was wrong: it goes as well.
    """
    impossible = a.held_until > tx.now + longest + CLOCKS_DIFFER
    run_out = a.held_until <= tx.now
    tx.execute(delete(appointment).where(a.state == "held", or_(run_out, impossible)))


def count_overdue_holds(tx: Transaction, *, grace: timedelta) -> int:
    """How many holds ran out ``grace`` ago and were not removed."""
    late = and_(a.state == "held", a.held_until < tx.now - grace)
    return int(tx.execute(select(func.count()).where(late)).scalar_one())
