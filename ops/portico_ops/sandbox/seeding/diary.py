"""Scheduling: the practice's hours, visits that took place, and visits to come."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from uuid import UUID

from portico_contracts.scheduling import BookAppointment, CancelAppointment
from portico_ops.sandbox.practice.model import Appointment
from portico_ops.sandbox.seeding.cast import Cast, provider_id, staff_id
from portico_ops.sandbox.seeding.hands import Hands, hands
from portico_ops.sandbox.seeding.ids import FOUNDED, seed_id
from portico_ops.sandbox.seeding.stores import Stores
from scheduling import commands
from scheduling.domain.booking import VisitType
from scheduling.domain.free_times import WeeklyHours
from scheduling.queries import booking_choices
from scheduling.store import practice as house

DESK = "tom"
STEP = 15  # minutes between the times that are offered


def keep_diary(stores: Stores, cast: Cast) -> None:
    """Write it all, once; later changes by the practice stay."""
    with hands(stores.scheduling) as at_work:
        if booking_choices(at_work.of(cast.staff(DESK), at=cast.now))["providers"]:
            return
        _open_house(at_work, cast)
        for appointment in cast.practice.appointments:
            if appointment.encounter_key is not None:
                _took_place(at_work, cast, appointment)
            else:
                _book(at_work, cast, appointment)
        _remind(at_work, cast)


def _open_house(at_work: Hands, cast: Cast) -> None:
    tx, practice = at_work.of(at=cast.now), cast.practice
    for place in practice.locations:
        facts = {name: value for name, value in asdict(place).items() if name != "key"}
        house.put_location(tx, location_id=_place_id(place.key), **facts)
    for kind in practice.visit_types:
        facts = {n: v for n, v in asdict(kind).items() if n not in ("name_en", "name_es")}
        rules = VisitType(visit_type_id=_kind_id(kind.code), buffer_minutes=0, **facts)
        house.put_visit_type(tx, rules, name_en=kind.name_en, name_es=kind.name_es)
    _put_providers(at_work, cast)
    for patient in practice.patients:
        house.put_patient_name(
            tx, patient_id=cast.patient_ids[patient.key],
            first_name=patient.given, last_name=patient.family,
        )  # fmt: skip


def _put_providers(at_work: Hands, cast: Cast) -> None:
    tx = at_work.of(at=cast.now)
    for who in cast.practice.providers:
        house.put_provider(
            tx, provider_id=provider_id(who.key), name=who.name, title=who.title,
            location_id=_place_id(who.location_key),
            offers=[_kind_id(code) for code in who.visit_types],
            staff_account_id=staff_id(who.staff_key) if who.staff_key else None,
        )  # fmt: skip
    for block in cast.practice.hours:
        hours = WeeklyHours(
            provider_id=provider_id(block.provider_key),
            location_id=_place_id(block.location_key), zone=cast.practice.zone,
            weekday=block.weekday, opens=block.opens, closes=block.closes,
            step_minutes=STEP, first_day=_founded(),
        )  # fmt: skip
        key = (block.provider_key, block.weekday, block.opens)
        house.put_hours(tx, hours, weekly_hours_id=seed_id("hours", *key))


def _took_place(at_work: Hands, cast: Cast, visit: Appointment) -> None:
    patient_id = cast.patient_ids[visit.patient_key]
    commands.record_visit(
        at_work.of(at=visit.booked_at, patient_id=patient_id),
        appointment_id=seed_id("visit", visit.key, at=visit.booked_at),
        patient_id=patient_id,
        provider_id=provider_id(visit.provider_key),
        visit_type_id=_kind_id(visit.visit_type),
        starts_at=visit.starts_at,
        booked_at=visit.booked_at,
        reason=visit.reason,
    )


def _book(at_work: Hands, cast: Cast, visit: Appointment) -> None:
    by = cast.patient(visit.patient_key) if visit.booked_by == "patient" else cast.staff(DESK)
    patient_id = cast.patient_ids[visit.patient_key]
    wish = BookAppointment(
        visit_type_id=_kind_id(visit.visit_type), provider_id=provider_id(visit.provider_key),
        starts_at=visit.starts_at, mode=visit.mode, reason=visit.reason, patient_id=patient_id,
    )  # fmt: skip
    tx = at_work.of(by, at=visit.booked_at, patient_id=patient_id)
    appointment_id = commands.book_appointment(tx, wish, now=visit.booked_at).appointment_id
    if visit.cancelled_at is not None:
        tx = at_work.of(by, at=visit.cancelled_at, patient_id=patient_id)
        calling_off = CancelAppointment(appointment_id=appointment_id, patient_id=patient_id)
        commands.cancel_appointment(tx, calling_off, now=visit.cancelled_at)


def _remind(at_work: Hands, cast: Cast) -> None:
    """Whoever is to be reminded of a visit has been, up to today."""
    while commands.remind(at_work.of(at=cast.now), now=cast.now):
        pass


def _place_id(key: str) -> UUID:
    return seed_id("location", key)


def _kind_id(code: str) -> UUID:
    return seed_id("visit type", code)


def _founded() -> date:
    return FOUNDED.date()
