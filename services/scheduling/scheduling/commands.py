"""What scheduling does when asked: hold a time, book it, call a visit off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from portico_contracts.scheduling import (
    AlreadyCancelled,
    AppointmentBooked,
    AppointmentCancelled,
    BookAppointment,
    CancelAppointment,
    FreeTime,
    Hold,
    HoldSlot,
    OutsideHours,
    SlotTaken,
)
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from .domain import booking, free_times
from .domain.booking import VisitType
from .domain.free_times import Slot
from .store import agenda, visits
from .store.agenda import Agenda

Wish = HoldSlot | BookAppointment


def hold_slot(tx: Transaction, request: HoldSlot, *, now: datetime) -> Hold:
    """Keep a time for the patient for ten minutes, in place of their earlier hold."""
    kind, slot = _find_slot(tx, request, now=now)
    until = now + booking.HOLD
    hold_id = _claim(tx, kind, slot, state="held", held_until=until, mode=kind.modes[0])
    return {"hold_id": hold_id, "until": until}


def book_appointment(tx: Transaction, request: BookAppointment, *, now: datetime) -> UUID:
    """Book a time and announce it; the new visit's id."""
    by = booking.side(tx.actor.kind)
    kind, slot = _find_slot(tx, request, now=now)
    booking.check_mode(kind, request.mode)
    booking.check_reason(kind, request.reason, by=by)
    reason = _sealed(tx, request.reason)
    appointment_id = _claim(tx, kind, slot, state="booked", mode=request.mode, reason=reason)
    tx.announce(AppointmentBooked(booked_by=by, **_facts(tx, appointment_id)))
    return appointment_id


def cancel_appointment(tx: Transaction, request: CancelAppointment, *, now: datetime) -> None:
    """Call a visit off and announce it."""
    by = booking.side(tx.actor.kind)
    visit = visits.load_visit(tx, request.appointment_id)
    booking.check_cancel(visit.state, visit.starts_at, by=by, now=now)
    reason = _sealed(tx, request.reason)
    # It may have been called off since it was read: the row decides, and only once.
    if not visits.cancel(tx, visit.appointment_id, by=by, at=now, reason=reason):
        raise AlreadyCancelled
    tx.announce(AppointmentCancelled(cancelled_by=by, **_facts(tx, visit.appointment_id)))


def record_visit(
    tx: Transaction,
    *,
    appointment_id: UUID,
    patient_id: UUID,
    provider_id: UUID,
    visit_type_id: UUID,
    starts_at: datetime,
    booked_at: datetime,
    reason: str = "",
) -> bool:
    """Take over a visit that was agreed elsewhere or long ago, and announce nothing.

    No rule is asked, for it has happened; False where another visit, or this one, stands there.
    """
    offer = agenda.load_offer(tx, provider_id=provider_id, visit_type_id=visit_type_id)
    values = {
        "appointment_id": appointment_id,
        "patient_id": patient_id,
        "state": "booked",
        "mode": offer.kind.modes[0],
        "reason": tx.seal(patient_id, reason) if reason else None,
        "booked_by": "staff",
        "booked_at": booked_at,
    }
    return visits.claim(tx, _place(offer.kind, _usual_place(offer, starts_at)) | values)


def expire_holds(tx: Transaction) -> None:
    """Tidy up: a hold that has run out is in nobody's way before it is removed."""
    visits.remove_expired_holds(tx)


def _find_slot(tx: Transaction, wish: Wish, *, now: datetime) -> tuple[VisitType, Slot]:
    """The kind of visit and the slot that are wished for, once every rule has agreed."""
    by = booking.side(tx.actor.kind)
    offer = agenda.load_offer(tx, provider_id=wish.provider_id, visit_type_id=wish.visit_type_id)
    kind = offer.kind
    booking.check_kind(kind, offered=offer.stands, by=by)
    booking.check_moment(kind, wish.starts_at, by=by, now=now)
    diary = _diary(tx, kind, wish.provider_id, wish.starts_at)
    slot = diary.slot_at(wish.starts_at, kind)
    if slot is None and by == "staff":
        slot = _usual_place(offer, wish.starts_at)
    if slot is None:
        raise OutsideHours(next=_offers(tx, kind, diary, wish.starts_at))
    coming = visits.load_coming(tx, tx.patient_id)
    booking.check_own_visits(coming, (slot.starts_at, slot.ends_at), by=by)
    if diary.is_taken(slot, kind):
        raise SlotTaken(next=_offers(tx, kind, diary, slot.starts_at))
    return kind, slot


def _usual_place(offer: agenda.Offer, starts_at: datetime) -> Slot:
    """A slot outside all hours: it is where the provider usually works."""
    return Slot(
        provider_id=offer.provider_id,
        location_id=offer.location_id,
        zone=offer.zone,
        day=starts_at.astimezone(ZoneInfo(offer.zone)).date(),
        starts_at=starts_at,
        ends_at=starts_at + offer.kind.length,
    )


def _claim(tx: Transaction, kind: VisitType, slot: Slot, **rest: Any) -> UUID:
    """Write the row that occupies the slot. The database has the last word on whether it may."""
    values = _place(kind, slot) | {
        "appointment_id": new_id(),
        "patient_id": tx.patient_id,
        "booked_by": booking.side(tx.actor.kind),
        "booked_at": tx.now,
    }
    visits.make_room(
        tx,
        patient_id=tx.patient_id,
        provider_id=slot.provider_id,
        span=(slot.starts_at, values["free_at"]),
    )
    if not visits.claim(tx, values | rest):
        _explain(tx, kind, slot)
    return cast(UUID, values["appointment_id"])


def _place(kind: VisitType, slot: Slot) -> dict[str, Any]:
    return {
        "visit_type_id": kind.visit_type_id,
        "provider_id": slot.provider_id,
        "location_id": slot.location_id,
        "zone": slot.zone,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "free_at": slot.starts_at + kind.occupied,
    }


def _explain(tx: Transaction, kind: VisitType, slot: Slot) -> NoReturn:
    """Somebody was faster. Each statement sees what has been committed before it: look again."""
    coming = visits.load_coming(tx, tx.patient_id)
    booking.check_own_visits(coming, (slot.starts_at, slot.ends_at), by="staff")
    diary = _diary(tx, kind, slot.provider_id, slot.starts_at)
    raise SlotTaken(next=_offers(tx, kind, diary, slot.starts_at))


def _diary(tx: Transaction, kind: VisitType, provider_id: UUID, moment: datetime) -> Agenda:
    # From the day before: the local day at the location may not have ended yet.
    first = moment.astimezone(UTC).date() - timedelta(days=1)
    return agenda.load_agenda(
        tx,
        visit_type_id=kind.visit_type_id,
        provider_id=provider_id,
        days=[first + timedelta(days=n) for n in range(booking.DAYS_TO_OFFER)],
        held_by=tx.patient_id,
    )


def _offers(tx: Transaction, kind: VisitType, diary: Agenda, moment: datetime) -> list[FreeTime]:
    bookable = kind.bookable(by=booking.side(tx.actor.kind), now=tx.now)
    near = free_times.nearest(diary.free(kind, bookable), moment)
    return [free_times.as_offer(slot) for slot in near]


def _sealed(tx: Transaction, text: str) -> bytes | None:
    return tx.seal(tx.patient_id, text.strip()) if text.strip() else None


def _facts(tx: Transaction, appointment_id: UUID) -> dict[str, Any]:
    """What every event about a visit says, so that those who hear it need not ask."""
    visit = visits.load_visit(tx, appointment_id)
    return {
        "appointment_id": visit.appointment_id,
        "patient_id": visit.patient_id,
        "provider_id": visit.provider_id,
        "provider_name": visit.provider_name,
        "visit_type": visit.visit_code,
        "mode": visit.mode,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "zone": visit.zone,
        "location_id": visit.location_id,
        "location_name": visit.location_name,
        "location_address": visit.location_address,
        "revision": visit.revision,
    }
