"""Scheduling's table of contents: everything it answers, hears and does by the clock."""

from __future__ import annotations

from typing import Any

from portico_contracts import scheduling as contract
from portico_contracts.identity import ContactDetailsChanged, StaffLeft
from portico_kit.database import Store
from portico_kit.service import (
    Database,
    Service,
    Transaction,
    patient,
    rpc,
    staff,
    subscribe,
    timer,
)

from . import commands, queries, reactions
from .config import SchedulingSettings

DESK = staff("front_desk", "nurse", "clinician", "practice_administrator")


class Scheduling(Service):
    """Free times, holds and visits."""

    name = "scheduling"
    config = SchedulingSettings
    database = Database()

    @rpc(contract.BookingChoices, allow=patient("visits") | DESK)
    def booking_choices(self, tx: Transaction, _request: contract.BookingChoices) -> Any:
        return queries.booking_choices(tx)

    @rpc(contract.FreeTimes, allow=patient("visits") | DESK)
    def free_times(self, tx: Transaction, request: contract.FreeTimes) -> Any:
        return queries.free_days(tx, request, now=tx.now)

    @rpc(contract.HoldSlot, allow=patient("visits") | DESK)
    def hold_slot(self, tx: Transaction, request: contract.HoldSlot) -> Any:
        return commands.hold_slot(tx, request, now=tx.now)

    @rpc(contract.BookAppointment, allow=patient("visits") | DESK)
    def book_appointment(self, tx: Transaction, request: contract.BookAppointment) -> Any:
        booked = commands.book_appointment(tx, request, now=tx.now)
        return queries.told(tx, booked, now=tx.now)

    @rpc(contract.CancelAppointment, allow=patient("visits") | DESK)
    def cancel_appointment(self, tx: Transaction, request: contract.CancelAppointment) -> Any:
        commands.cancel_appointment(tx, request, now=tx.now)
        return queries.visit(tx, request.appointment_id, now=tx.now)

    @rpc(contract.ListVisits, allow=patient("visits") | DESK)
    def list_visits(self, tx: Transaction, request: contract.ListVisits) -> Any:
        return queries.list_visits(tx, request, now=tx.now)

    @rpc(contract.ShowVisit, allow=patient("visits") | DESK)
    def show_visit(self, tx: Transaction, request: contract.ShowVisit) -> Any:
        return queries.visit(tx, request.appointment_id, now=tx.now)

    @rpc(contract.ShowVisitCalendar, allow=patient("visits") | DESK)
    def show_visit_calendar(self, tx: Transaction, request: contract.ShowVisitCalendar) -> Any:
        return queries.visit_calendar(tx, request, now=tx.now)

    @rpc(contract.HomeVisits, allow=patient("visits") | DESK)
    def home_visits(self, tx: Transaction, _request: contract.HomeVisits) -> Any:
        return queries.home_visits(tx, now=tx.now)

    @rpc(contract.DayList, allow=DESK)
    def day_list(self, tx: Transaction, request: contract.DayList) -> Any:
        return queries.day_list(tx, request, now=tx.now)

    @subscribe(ContactDetailsChanged)
    def on_contact_details_changed(self, tx: Transaction, event: ContactDetailsChanged) -> None:
        reactions.learn_name(tx, event)

    @subscribe(StaffLeft)
    def on_staff_left(self, tx: Transaction, event: StaffLeft) -> None:
        reactions.staff_left(tx, event)

    @timer(seconds=5, transaction=False)
    def remind(self, store: Store) -> None:
        commands.remind_all(store)

    @timer(seconds=60)
    def reconcile(self, tx: Transaction) -> None:
        commands.reconcile(tx)

    @timer(seconds=15, everywhere=True)
    def measure(self, tx: Transaction) -> None:
        commands.measure(tx)
