"""What decides whether a provider is free: offers, hours, closures, and what is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction

from ..domain.booking import VisitType
from ..domain.free_times import (
    Busy,
    Closure,
    Opening,
    Slot,
    Span,
    WeeklyHours,
    busy_of,
    free_slots,
    openings,
    slot_on_grid,
)
from .tables import appointment, closure, location, offered, provider, visit_type, weekly_hours

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """The hours of some providers on some days, and when in them they are busy."""

    blocks: Sequence[Opening]
    busy: Mapping[UUID, Busy]

    def free(self, kind: VisitType, bookable: Span) -> list[Slot]:
        """The times that can be booked for a kind of visit, in order."""
        return free_slots(
            self.blocks, self.busy, length=kind.length, occupied=kind.occupied, bookable=bookable
        )

    def slot_at(self, start: datetime, kind: VisitType) -> Slot | None:
        """The slot that the hours have at this moment, taken or not."""
        return slot_on_grid(self.blocks, start, kind.length)

    def is_taken(self, slot: Slot, kind: VisitType) -> bool:
        """Whether a visit or a hold stands in a slot's way."""
        busy = self.busy.get(slot.provider_id)
        return busy is not None and busy.overlaps(slot.starts_at, slot.starts_at + kind.occupied)


def load_agenda(
    tx: Transaction,
    *,
    visit_type_id: UUID,
    provider_id: UUID | None,
    days: Sequence[date],
    held_by: UUID | None,
) -> Agenda:
    """The agenda on these local days of one provider, or of all who offer the kind of visit.

    Holds that have run out count for nothing, and nor do those of the patient ``held_by``.
    """
    hours = _load_hours(tx, visit_type_id, provider_id, days)
    providers = {h.provider_id for h in hours} | ({provider_id} if provider_id else set())
    return Agenda(
        blocks=openings(hours, _load_closures(tx, days), days),
        busy=busy_of(_load_taken(tx, providers, days, held_by)),
    )


def _load_hours(
    tx: Transaction, visit_type_id: UUID, provider_id: UUID | None, days: Sequence[date]
) -> list[WeeklyHours]:
    h = weekly_hours.c
    columns = [h[name] for name in WeeklyHours.__dataclass_fields__ if name != "zone"]
    query = (
        select(*columns, location.c.zone)
        .join(location, location.c.location_id == h.location_id)
        .join(offered, offered.c.provider_id == h.provider_id)
        .where(offered.c.visit_type_id == visit_type_id)
        .where(h.first_day <= days[-1], or_(h.last_day.is_(None), h.last_day >= days[0]))
    )
    if provider_id is not None:
        query = query.where(h.provider_id == provider_id)
    return [WeeklyHours(**row._mapping) for row in tx.execute(query)]


def _load_closures(tx: Transaction, days: Sequence[date]) -> list[Closure]:
    c = closure.c
    columns = [c[name] for name in Closure.__dataclass_fields__]
    query = select(*columns).where(c.last_day >= days[0], c.first_day <= days[-1])
    return [Closure(**row._mapping) for row in tx.execute(query)]


def _load_taken(
    tx: Transaction, providers: set[UUID], days: Sequence[date], held_by: UUID | None
) -> list[tuple[UUID, Span]]:
    a = appointment.c
    # A local day reaches at most 14 hours into the UTC days around it.
    start = datetime.combine(days[0], datetime.min.time(), tx.now.tzinfo) - A_DAY
    query = select(a.provider_id, a.starts_at, a.free_at).where(
        a.provider_id.in_(providers),
        a.starts_at >= start,
        a.starts_at < start + (len(days) + 2) * A_DAY,
        or_(
            a.state == "booked",
            and_(a.state == "held", a.held_until > tx.now, a.patient_id.is_distinct_from(held_by)),
        ),
    )
    return [(row.provider_id, (row.starts_at, row.free_at)) for row in tx.execute(query)]


def load_visit_type(tx: Transaction, visit_type_id: UUID) -> VisitType:
    """One kind of visit. Raises NotFound."""
    columns = [visit_type.c[name] for name in VisitType.__dataclass_fields__]
    query = select(*columns).where(visit_type.c.visit_type_id == visit_type_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return VisitType(**{**row._mapping, "modes": tuple(row.modes)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a provider usually works, and whether they offer the kind of visit asked about."""

    location_id: UUID
    zone: str
    offers: bool


def load_desk(tx: Transaction, *, provider_id: UUID, visit_type_id: UUID) -> Desk:
    """Raises NotFound where there is no such provider."""
    p, o = provider.c, offered.c
    offers = and_(o.provider_id == p.provider_id, o.visit_type_id == visit_type_id)
    query = (
        select(p.location_id, location.c.zone, o.provider_id.is_not(None).label("offers"))
        .join(location, location.c.location_id == p.location_id)
        .outerjoin(offered, offers)
        .where(p.provider_id == provider_id)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return Desk(**row._mapping)
