"""What scheduling does when asked, or when it is time: hold, book, call off, remind, tidy up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import Gauge
from sqlalchemy import Row

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
    VisitReminderDue,
)
from portico_kit.database import Store, Transaction
from portico_kit.ids import new_id
from portico_kit.logs import log

from .domain import booking, free_times, reminders
from .domain.booking import VisitType
from .domain.free_times import Slot
from .store import agenda, visits
from .store import reminders as kept
from .store.agenda import Agenda

Wish = HoldSlot | BookAppointment
REMINDED_AT_ONCE = 200
OVERDUE = timedelta(minutes=2)

reminders_overdue = Gauge("portico_reminders_overdue", "Reminders due minutes ago, not announced")
holds_overdue = Gauge("portico_holds_overdue", "Held times that ran out minutes ago, still there")


def hold_slot(tx: Transaction, request: HoldSlot, *, now: datetime) -> Hold:
    """Keep a time for the patient for ten minutes, in place of their earlier hold."""
    kind, slot = _find_slot(tx, request, now=now)
    until = now + booking.HOLD
    held = _claim(tx, kind, slot, state="held", held_until=until, mode=kind.modes[0])
    return {"hold_id": held.appointment_id, "until": until}


def book_appointment(tx: Transaction, request: BookAppointment, *, now: datetime) -> Row[Any]:
    """Book a time and announce it; the new visit, as `visits.load_visit` has it."""
    by = booking.side(tx.actor.kind)
    kind, slot = _find_slot(tx, request, now=now)
    booking.check_mode(kind, request.mode)
    booking.check_reason(kind, request.reason, by=by)
    reason = _sealed(tx, request.reason)
    visit = _claim(tx, kind, slot, state="booked", mode=request.mode, reason=reason)
    planned = reminders.reminders_of(slot.starts_at, zone=slot.zone, now=now)
    kept.plan(tx, planned, appointment_id=visit.appointment_id, revision=visit.revision)
    tx.announce(AppointmentBooked(booked_by=by, **_facts(visit)))
    return visit


def cancel_appointment(tx: Transaction, request: CancelAppointment, *, now: datetime) -> None:
    """Call a visit off and announce it."""
    by = booking.side(tx.actor.kind)
    visit = visits.load_visit(tx, request.appointment_id)
    booking.check_cancel(visit.state, visit.starts_at, by=by, now=now)
    reason = _sealed(tx, request.reason)
    # It may have been called off since it was read: the row decides, and only once.
    if not visits.cancel(tx, visit.appointment_id, by=by, at=now, reason=reason):
        raise AlreadyCancelled
    kept.call_off(tx, visit.appointment_id)
    off = visits.load_visit(tx, visit.appointment_id)
    tx.announce(AppointmentCancelled(cancelled_by=by, **_facts(off)))


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

    Nobody is reminded of it. No rule is asked, for it has happened; False where another visit, or
    this one, stands there.
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
    place = _place(offer.kind, _usual_place(offer, starts_at))
    return visits.claim(tx, place | values) is not None


def remind_all(database: Store) -> None:
    """Announce every reminder that is due, a batch a transaction."""
    settled = REMINDED_AT_ONCE
    while settled == REMINDED_AT_ONCE:
        with database.transaction() as tx:
            settled = remind(tx, now=tx.careful_now)


def remind(tx: Transaction, *, now: datetime) -> int:
    """Announce a batch of the reminders that are due; how many were settled.

    One that comes too late for its own use, after an outage, is suppressed.
    """
    due = kept.settle_due(tx, now=now, most=REMINDED_AT_ONCE)
    announced = [one for one in due if one.state == kept.ANNOUNCED]
    visits_by_id = kept.visits_of(tx, {one.appointment_id for one in announced})
    # In one order for all copies: two that announce about the same visits cannot wait in a ring.
    for one in sorted(announced, key=lambda o: (o.appointment_id, o.due_at)):
        tx.announce(_reminder_due(one, visits_by_id[one.appointment_id]))
    if len(announced) < len(due):
        log.warning("reminders.suppressed", count=len(due) - len(announced))
    return len(due)


def _reminder_due(one: Any, visit: Any) -> VisitReminderDue:
    about_visit = "patient_id mode starts_at ends_at zone location_name location_address".split()
    about_it = "reminder_id appointment_id kind revision worth_until".split()
    facts = {name: getattr(visit, name) for name in about_visit}
    return VisitReminderDue(**facts, **{name: getattr(one, name) for name in about_it})


def reconcile(tx: Transaction) -> None:
    """End what nobody else will: holds that have run out, reminders of visits that are off."""
    visits.remove_expired_holds(tx, longest=booking.HOLD)
    orphans = kept.call_off_orphans(tx)
    if orphans:
        log.error("reminders.orphaned", count=orphans)


def measure(tx: Transaction) -> None:
    """Tell what should be over and is not: it stays at 0 while the timers run."""
    reminders_overdue.set(kept.count_overdue(tx, grace=OVERDUE))
    holds_overdue.set(visits.count_overdue_holds(tx, grace=OVERDUE))


def _find_slot(tx: Transaction, wish: Wish, *, now: datetime) -> tuple[VisitType, Slot]:
    """The kind of visit and the slot that are wished for, once every rule has agreed."""
    by = booking.side(tx.actor.kind)
    # How many visits a patient may have is a rule over several rows, which no constraint can hold.
    offer = agenda.load_offer(
        tx,
        provider_id=wish.provider_id,
        visit_type_id=wish.visit_type_id,
        alone_with=tx.patient_id,
    )
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


def _claim(tx: Transaction, kind: VisitType, slot: Slot, **rest: Any) -> Row[Any]:
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
    claimed = visits.claim(tx, values | rest)
    if claimed is None:
        _explain(tx, kind, slot)
    return claimed


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


def _facts(visit: Row[Any]) -> dict[str, Any]:
    """What every event about a visit says, so that those who hear it need not ask."""
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
