"""A provider leaves: no times of theirs are offered, and each coming visit is told of once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from portico_contracts.identity import StaffLeft
from portico_contracts.scheduling import (
    BookingChoices,
    CancelAppointment,
    DayList,
    FreeTimes,
    HoldSlot,
    NotOffered,
    ShowVisit,
)
from portico_contracts.wire import decode, encode
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery, react
from scheduling import reactions
from scheduling.store import practice

from .conftest import NOW

TUESDAY = date(2026, 3, 3)
OKAFOR = new_id()


@pytest.fixture
def amara(clinic):
    """Dr. Okafor's account: the clinic with a provider who is a member of staff."""
    with clinic.store.transaction(now=NOW) as tx:
        practice.put_provider(
            tx,
            provider_id=clinic.okafor,
            name="Dr. Amara Okafor",
            title="Family medicine",
            location_id=clinic.main_street,
            offers=[clinic.checkup.visit_type_id, clinic.procedure.visit_type_id],
            staff_account_id=OKAFOR,
        )
    return OKAFOR


def leaves(clinic, staff_id, *, times=1, now=NOW):
    fact = StaffLeft(staff_id=staff_id)
    body = encode(fact, event_id=new_id(), sequence=1, occurred_at=now)
    delivery = Delivery("scheduling.on_staff_left", decode(body), body)
    return [react(clinic.store, delivery, reactions.staff_left, now=now) for _ in range(times)]


def told(clinic):
    rows = clinic.rows("SELECT data::jsonb FROM outbox WHERE name = 'VisitLostProvider'")
    return [row[0]["appointment_id"] for row in rows]


def times(caller, clinic, provider_id):
    asked = FreeTimes(
        visit_type_id=clinic.checkup.visit_type_id, from_day=TUESDAY, provider_id=provider_id
    )
    return [t for day in caller.asks(asked)["days"] for t in day["times"]]


def test_nobody_is_offered_times_with_who_left(clinic, amara):
    maria, desk = clinic.patient(), clinic.staff()
    assert times(maria, clinic, clinic.okafor)
    leaves(clinic, amara)
    for caller in (maria, desk):
        assert times(caller, clinic, clinic.okafor) == []
        with pytest.raises(NotOffered):
            caller_books(caller, clinic)
        names = [p["name"] for p in caller.asks(BookingChoices())["providers"]]
        assert names == ["Lena Park NP"]
    assert times(maria, clinic, clinic.park)


def caller_books(caller, clinic):
    if caller.actor.patient_id:
        return caller.asks(clinic.booking())
    return caller.asks(clinic.booking(patient_id=new_id()))


def test_a_time_that_was_held_is_not_booked(clinic, amara):
    maria = clinic.patient()
    wish = clinic.booking()
    maria.asks(
        HoldSlot(
            visit_type_id=wish.visit_type_id,
            provider_id=wish.provider_id,
            starts_at=wish.starts_at,
        )
    )
    leaves(clinic, amara)
    with pytest.raises(NotOffered):
        maria.asks(wish)


def test_each_coming_visit_is_told_of_once_and_stands(clinic, amara):
    maria, elena, robert = clinic.patient(), clinic.patient(), clinic.patient()
    first = maria.asks(clinic.booking(clinic.at(TUESDAY, 9)))
    second = elena.asks(clinic.booking(clinic.at(TUESDAY, 11)))
    off = robert.asks(clinic.booking(clinic.at(TUESDAY, 13)))
    robert.asks(CancelAppointment(appointment_id=off["appointment_id"]))
    maria.asks(clinic.booking(clinic.at(TUESDAY, 14), provider_id=clinic.park))
    assert leaves(clinic, amara, times=2) == ["done", "duplicate"]
    assert told(clinic) == [str(first["appointment_id"]), str(second["appointment_id"])]
    shown = maria.asks(ShowVisit(appointment_id=first["appointment_id"]))
    assert (shown["state"], shown["provider_name"]) == ("booked", "Dr. Amara Okafor")
    assert len(clinic.staff().asks(DayList(day=TUESDAY))["items"]) == 3


def test_past_visits_are_left_alone(clinic, amara):
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 9)))
    leaves(clinic, amara, now=NOW + timedelta(days=2))
    assert told(clinic) == []


def test_staff_whom_no_visit_is_booked_with_change_nothing(clinic, amara):
    clinic.patient().asks(clinic.booking())
    leaves(clinic, new_id())
    assert told(clinic) == [] and times(clinic.patient(), clinic, clinic.okafor)


def test_no_visit_slips_through_while_somebody_leaves(clinic, amara):
    patients = [clinic.patient() for _ in range(12)]
    moments = [clinic.at(TUESDAY + timedelta(days=n // 4), 9 + 2 * (n % 4)) for n in range(12)]
    barrier = Barrier(len(patients) + 1)

    def book(n):
        barrier.wait(timeout=30)
        try:
            return patients[n].asks(clinic.booking(moments[n]))["appointment_id"]
        except NotOffered:
            return None

    def leave(_n):
        barrier.wait(timeout=30)
        leaves(clinic, amara)

    with ThreadPoolExecutor(len(patients) + 1) as pool:
        work = [pool.submit(leave, 0), *(pool.submit(book, n) for n in range(len(patients)))]
        booked = {str(done) for done in (one.result() for one in work[1:]) if done}
        work[0].result()
    assert set(told(clinic)) == booked
