"""What decides whether a provider is free: offers, hours, closures, and what is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, or_, select

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

a, h = appointment.c, weekly_hours.c


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
    asked = {"visit_type_id": visit_type_id, "first": days[0], "last": days[-1]}
    one = {"provider_id": provider_id}
    rows = tx.execute(_HOURS_OF_ONE, asked | one) if provider_id else tx.execute(_HOURS, asked)
    hours = [WeeklyHours(**row._mapping) for row in rows]
    closures = [Closure(**row._mapping) for row in tx.execute(_CLOSURES, asked)]
    providers = {h.provider_id for h in hours} | ({provider_id} if provider_id else set())
    return Agenda(
        blocks=openings(hours, closures, days),
        busy=busy_of(_load_taken(tx, providers, days, held_by)),
    )


def _load_taken(
    tx: Transaction, providers: set[UUID], days: Sequence[date], held_by: UUID | None
) -> list[tuple[UUID, Span]]:
    # A local day reaches at most 14 hours into the UTC days around it.
    start = datetime.combine(days[0], time(0), UTC) - A_DAY
    end = start + (len(days) + 2) * A_DAY
    asked = {"providers": list(providers), "start": start, "end": end}
    rows = tx.execute(_TAKEN, {**asked, "now": tx.now, "held_by": held_by})
    return [(row.provider_id, (row.starts_at, row.free_at)) for row in rows]


# Written once: these run with every booking, and putting a statement together costs as much
# as running it.
_HOURS = (
    select(*(h[name] for name in WeeklyHours.__dataclass_fields__ if name != "zone"))
    .add_columns(location.c.zone)
    .join(location, location.c.location_id == h.location_id)
    .join(offered, offered.c.provider_id == h.provider_id)
    .where(offered.c.visit_type_id == bindparam("visit_type_id"))
    .where(h.first_day <= bindparam("last"))
    .where(or_(h.last_day.is_(None), h.last_day >= bindparam("first")))
)
_HOURS_OF_ONE = _HOURS.where(h.provider_id == bindparam("provider_id"))
_CLOSURES = select(*(closure.c[name] for name in Closure.__dataclass_fields__)).where(
    closure.c.last_day >= bindparam("first"), closure.c.first_day <= bindparam("last")
)
_HELD_BY_OTHERS = and_(
    a.state == "held",
    a.held_until > bindparam("now"),
    a.patient_id.is_distinct_from(bindparam("held_by", type_=a.patient_id.type)),
)
_TAKEN = select(a.provider_id, a.starts_at, a.free_at).where(
    a.provider_id.in_(bindparam("providers", expanding=True)),
    a.starts_at >= bindparam("start"),
    a.starts_at < bindparam("end"),
    or_(a.state == "booked", _HELD_BY_OTHERS),
)


_KIND = select(*(visit_type.c[name] for name in VisitType.__dataclass_fields__)).where(
    visit_type.c.visit_type_id == bindparam("visit_type_id")
)
_OFFER = (
    _KIND.add_columns(
        provider.c.location_id,
        location.c.zone,
        and_(offered.c.provider_id.is_not(None), provider.c.left_at.is_(None)).label("offers"),
    )
    .select_from(visit_type)
    .join(provider, provider.c.provider_id == bindparam("provider_id"))
    .join(location, location.c.location_id == provider.c.location_id)
    .outerjoin(
        offered,
        and_(
            offered.c.provider_id == provider.c.provider_id,
            offered.c.visit_type_id == visit_type.c.visit_type_id,
        ),
    )
)


# The lock holds until the transaction ends. Not in the statement that counts: that one would count
# what it saw before it had to wait. The provider cannot leave meanwhile: whoever waited for that
# sees it, as the held row is read anew.
_OFFER_ALONE = _OFFER.add_columns(
    func.pg_advisory_xact_lock(func.hashtextextended(bindparam("alone_with"), 9))
).with_for_update(read=True, key_share=True, of=provider)


def load_visit_type(tx: Transaction, visit_type_id: UUID) -> VisitType:
    """One kind of visit. Raises NotFound."""
    row = tx.execute(_KIND, {"visit_type_id": visit_type_id}).one_or_none()
    if row is None:
        raise NotFound
    return _visit_type(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A kind of visit and a provider: whether they offer it, and where they usually work."""

    kind: VisitType
    provider_id: UUID
    location_id: UUID
    zone: str
    stands: bool


def load_offer(
    tx: Transaction, *, provider_id: UUID, visit_type_id: UUID, alone_with: UUID | None = None
) -> Offer:
    """Raises NotFound where there is no such provider or kind of visit.

    With ``alone_with`` a patient nobody else books or holds for them until this transaction ends.
    """
    asked = {"provider_id": provider_id, "visit_type_id": visit_type_id}
    if alone_with is None:
        row = tx.execute(_OFFER, asked).one_or_none()
    else:
        row = tx.execute(_OFFER_ALONE, {**asked, "alone_with": str(alone_with)}).one_or_none()
    if row is None:
        raise NotFound
    return Offer(
        kind=_visit_type(row),
        provider_id=provider_id,
        location_id=row.location_id,
        zone=row.zone,
        stands=row.offers,
    )


def _visit_type(row: Row[Any]) -> VisitType:
    known = {name: row._mapping[name] for name in VisitType.__dataclass_fields__}
    return VisitType(**{**known, "modes": tuple(row.modes)})
