"""Holding and booking a time."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portico_contracts.refusal import NotFound
from portico_contracts.scheduling import (
    BookingChoices,
    FreeTimes,
    HoldSlot,
    ListVisits,
    NotBookableOnline,
    NotOffered,
    OutsideHours,
    ReasonNeeded,
    SlotTaken,
    TooFarAhead,
    TooManyVisits,
    TooSoon,
    VisitsOverlap,
)
from portico_kit.ids import new_id
from scheduling.domain.free_times import Closure
from scheduling.store import practice

TUESDAY = date(2026, 3, 3)


def hold(clinic, starts_at) -> HoldSlot:
    return HoldSlot(
        visit_type_id=clinic.checkup.visit_type_id, provider_id=clinic.okafor, starts_at=starts_at
    )


def free(clinic, day=TUESDAY, **rest) -> FreeTimes:
    wish = {"visit_type_id": clinic.checkup.visit_type_id, "provider_id": clinic.okafor}
    return FreeTimes(**{**wish, "from_day": day, "days": 1, **rest})


def starts(reply) -> list[datetime]:
    return [t["starts_at"] for day in reply["days"] for t in day["times"]]


def test_a_patient_books_a_visit_and_it_is_announced_with_all_that_a_message_needs(clinic):
    maria = clinic.patient()
    visit = maria.asks(clinic.booking(reason="My knee hurts"))
    assert visit["state"] == "booked"
    assert visit["reason"] == "My knee hurts"
    (event,) = clinic.rows("SELECT name, data::jsonb AS data FROM outbox")
    assert event.name == "AppointmentBooked"
    assert event.data["patient_id"] == str(maria.patient_id)
    assert event.data["starts_at"] == "2026-03-03T14:00:00+00:00"
    assert event.data["zone"] == "America/New_York"
    assert event.data["location_name"] == "Main Street clinic"
    assert event.data["provider_name"] == "Dr. Amara Okafor"


def test_the_reason_is_nowhere_in_the_database_in_clear(clinic):
    clinic.patient().asks(clinic.booking(reason="A canary in the reason"))
    (row,) = clinic.rows("SELECT reason FROM appointment")
    assert b"canary" not in bytes(row.reason)
    assert "canary" not in str(clinic.rows("SELECT * FROM outbox"))
    assert "canary" not in str(clinic.rows("SELECT * FROM audit_row"))


def test_a_booking_leaves_exactly_one_audit_row(clinic):
    maria = clinic.patient()
    maria.asks(clinic.booking())
    (row,) = clinic.rows("SELECT * FROM audit_row")
    assert (row.category, row.action, row.patient_ids) == ("visits", "write", [maria.patient_id])


def test_a_taken_slot_cannot_be_booked_and_the_nearest_free_ones_are_offered(clinic):
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10)))
    with pytest.raises(SlotTaken) as refusal:
        clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10)))
    offered = [offer["starts_at"] for offer in refusal.value.facts["next"]]
    times = ((9, 0), (9, 20), (10, 40), (11, 0))
    assert offered == [clinic.at(TUESDAY, *at) for at in times]


def test_a_time_that_overlaps_a_taken_one_cannot_be_booked(clinic):
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10)))
    with pytest.raises(SlotTaken):
        clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10, 20)))
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10, 40)))


def test_visits_cannot_overlap_even_by_raw_sql(clinic):
    clinic.patient().asks(clinic.booking())
    shifted = (
        "INSERT INTO appointment (appointment_id, patient_id, provider_id, location_id, "
        "visit_type_id, mode, state, starts_at, ends_at, free_at, zone, booked_by, booked_at) "
        "SELECT gen_random_uuid(), {patient}, {provider}, location_id, visit_type_id, mode, state, "
        "starts_at + interval '5 min', ends_at + interval '5 min', free_at + interval '5 min', "
        "zone, booked_by, booked_at FROM appointment"
    )
    other = f"'{clinic.park}'"
    for patient, provider, constraint in (
        ("gen_random_uuid()", "provider_id", "one_visit_at_a_time_for_a_provider"),
        ("patient_id", other, "one_visit_at_a_time_for_a_patient"),
    ):
        with pytest.raises(IntegrityError, match=constraint), clinic.store.engine.begin() as raw:
            raw.execute(text(shifted.format(patient=patient, provider=provider)))


def test_a_patient_cannot_be_in_two_places_at_once(clinic):
    maria = clinic.patient()
    first = maria.asks(clinic.booking())
    with pytest.raises(VisitsOverlap) as refusal:
        maria.asks(clinic.booking(provider_id=clinic.park))
    assert refusal.value.facts == {"appointment_id": str(first["appointment_id"])}


def test_a_held_time_is_not_free_for_others_and_stays_free_for_its_holder(clinic):
    maria, elena = clinic.patient(), clinic.patient()
    nine = clinic.at(TUESDAY, 9)
    held = maria.asks(hold(clinic, nine))
    assert held["until"] == maria.now + timedelta(minutes=10)
    assert nine not in starts(elena.asks(free(clinic)))
    assert nine in starts(maria.asks(free(clinic)))
    with pytest.raises(SlotTaken):
        elena.asks(clinic.booking(nine))
    assert maria.asks(clinic.booking(nine))["state"] == "booked"
    assert clinic.rows("SELECT state FROM appointment") == [("booked",)]


def test_a_hold_that_has_run_out_is_in_nobodys_way(clinic):
    nine = clinic.at(TUESDAY, 9)
    clinic.patient().asks(hold(clinic, nine))
    later = clinic.patient().later(datetime(2026, 3, 2, 13, 10, tzinfo=UTC))
    assert nine in starts(later.asks(free(clinic)))
    assert later.asks(clinic.booking(nine))["state"] == "booked"


def test_a_new_hold_replaces_the_patients_earlier_one(clinic):
    maria, elena = clinic.patient(), clinic.patient()
    maria.asks(hold(clinic, clinic.at(TUESDAY, 9)))
    maria.asks(hold(clinic, clinic.at(TUESDAY, 11)))
    found = starts(elena.asks(free(clinic)))
    assert clinic.at(TUESDAY, 9) in found
    assert clinic.at(TUESDAY, 11) not in found


def test_a_refused_hold_leaves_the_earlier_one_in_place(clinic):
    maria, elena = clinic.patient(), clinic.patient()
    elena.asks(clinic.booking(clinic.at(TUESDAY, 11)))
    maria.asks(hold(clinic, clinic.at(TUESDAY, 9)))
    with pytest.raises(SlotTaken):
        maria.asks(hold(clinic, clinic.at(TUESDAY, 11)))
    assert clinic.at(TUESDAY, 9) not in starts(elena.asks(free(clinic)))


def test_a_hold_is_no_visit(clinic):
    maria = clinic.patient()
    maria.asks(hold(clinic, clinic.at(TUESDAY, 9)))
    assert maria.asks(ListVisits())["items"] == []


def test_visits_are_booked_with_notice_and_within_the_horizon(clinic):
    maria = clinic.patient()
    with pytest.raises(TooSoon):
        maria.asks(clinic.booking(clinic.at(date(2026, 3, 2), 16)))
    with pytest.raises(TooFarAhead):
        maria.asks(clinic.booking(clinic.at(date(2026, 6, 1), 9)))


def test_a_visit_must_stand_on_the_grid_of_the_providers_hours(clinic):
    for hour, minute in ((9, 10), (12, 0), (16, 40), (19, 0)):
        with pytest.raises(OutsideHours) as refusal:
            clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, hour, minute)))
        assert len(refusal.value.facts["next"]) == 4


def test_staff_book_outside_hours_and_notice_but_never_over_another_visit(clinic):
    desk, maria = clinic.staff(), clinic.patient()
    at_six = clinic.at(date(2026, 3, 2), 18, 5)
    visit = desk.asks(clinic.booking(at_six, patient_id=maria.patient_id))
    assert visit["booked_by"] == "staff"
    with pytest.raises(SlotTaken):
        desk.asks(clinic.booking(at_six, patient_id=clinic.patient().patient_id))
    assert maria.asks(ListVisits())["items"][0]["appointment_id"] == visit["appointment_id"]


def test_staff_must_say_for_whom_they_book(clinic):
    with pytest.raises(NotFound):
        clinic.staff().asks(clinic.booking())


def test_a_patient_cannot_book_for_another(clinic):
    with pytest.raises(NotFound):
        clinic.patient().asks(clinic.booking(patient_id=clinic.patient().patient_id))


def test_a_closed_day_has_no_times_and_cannot_be_booked(clinic):
    closed = Closure(first_day=TUESDAY, last_day=TUESDAY, location_id=clinic.main_street)
    with clinic.store.transaction() as tx:
        practice.put_closure(tx, closed, closure_id=new_id())
    assert starts(clinic.patient().asks(free(clinic))) == []
    with pytest.raises(OutsideHours):
        clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 9)))


def test_only_so_many_coming_visits_are_booked_online(clinic):
    maria = clinic.patient()
    for n in range(6):
        maria.asks(clinic.booking(clinic.at(TUESDAY, 13) + timedelta(minutes=40 * n)))
    wednesday = clinic.at(date(2026, 3, 4), 9)
    with pytest.raises(TooManyVisits):
        maria.asks(clinic.booking(wednesday))
    clinic.staff().asks(clinic.booking(wednesday, patient_id=maria.patient_id))


def test_some_kinds_of_visit_are_booked_by_staff_only(clinic):
    maria, procedure = clinic.patient(), clinic.procedure.visit_type_id
    with pytest.raises(NotBookableOnline):
        maria.asks(clinic.booking(visit_type_id=procedure))
    with pytest.raises(NotBookableOnline):
        maria.asks(free(clinic, visit_type_id=procedure))
    assert [k["code"] for k in maria.asks(BookingChoices())["visit_types"]] == ["checkup"]
    kinds = clinic.staff().asks(BookingChoices())["visit_types"]
    assert [k["code"] for k in kinds] == ["checkup", "procedure"]


def test_a_provider_is_booked_only_for_what_they_offer(clinic):
    desk, maria = clinic.staff(), clinic.patient().patient_id
    procedure = clinic.procedure.visit_type_id
    with pytest.raises(NotOffered):
        desk.asks(
            clinic.booking(visit_type_id=procedure, provider_id=clinic.park, patient_id=maria)
        )
    with pytest.raises(NotOffered):
        clinic.patient().asks(clinic.booking(mode="phone"))


def test_a_reason_is_asked_for_where_the_kind_of_visit_needs_one(clinic, visit_kind):
    therapy = clinic.offer(visit_kind("therapy", reason_needed=True)).visit_type_id
    with pytest.raises(ReasonNeeded):
        clinic.patient().asks(clinic.booking(visit_type_id=therapy, reason="  "))
    clinic.patient().asks(clinic.booking(visit_type_id=therapy, reason="My back"))


def test_what_does_not_exist_is_not_found(clinic):
    for unknown in ({"visit_type_id": UUID(int=1)}, {"provider_id": UUID(int=1)}):
        with pytest.raises(NotFound):
            clinic.patient().asks(clinic.booking(**unknown))


def test_anyone_soonest_shows_each_provider_once_in_order_of_time(clinic):
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 9)))
    reply = clinic.patient().asks(free(clinic, provider_id=None, days=31))
    first = [(t["provider_id"], t["starts_at"]) for t in reply["soonest"]]
    assert first == [
        (clinic.park, clinic.at(TUESDAY, 9)),
        (clinic.okafor, clinic.at(TUESDAY, 9, 40)),
    ]
    assert len(reply["days"]) == 31


def test_free_times_follow_the_clock_on_the_wall_over_the_spring_change(clinic):
    # 2026-03-08 is the change: nine o'clock is 14:00 UTC before it and 13:00 UTC after it.
    reply = clinic.patient().asks(free(clinic, day=date(2026, 3, 6), days=4))
    friday, saturday, sunday, monday = reply["days"]
    assert friday["times"][0]["starts_at"].hour == 14
    assert saturday["times"] == sunday["times"] == []
    assert monday["times"][0]["starts_at"].hour == 13
