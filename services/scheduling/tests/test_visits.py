"""Seeing visits and calling them off."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import icalendar
import pytest

from portico_contracts.identity import ContactDetailsChanged
from portico_contracts.refusal import BadRequest, NotFound
from portico_contracts.scheduling import (
    AlreadyCancelled,
    CancelAppointment,
    DayList,
    FreeTimes,
    HoldSlot,
    HomeVisits,
    ListVisits,
    ShowVisit,
    ShowVisitCalendar,
    TooLateToCancel,
)
from portico_contracts.wire import decode, encode
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery, react
from scheduling import commands, reactions

TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)


def test_coming_visits_come_soonest_first_and_past_ones_latest_first(clinic):
    maria = clinic.patient()
    tuesday = maria.asks(clinic.booking(clinic.at(TUESDAY, 9)))["appointment_id"]
    wednesday = maria.asks(clinic.booking(clinic.at(WEDNESDAY, 9)))["appointment_id"]
    assert ids(maria.asks(ListVisits())) == [tuesday, wednesday]
    assert maria.asks(HomeVisits())["next"]["appointment_id"] == tuesday
    afterwards = maria.later(clinic.at(WEDNESDAY, 12))
    assert ids(afterwards.asks(ListVisits())) == []
    assert ids(afterwards.asks(ListVisits(when="past"))) == [wednesday, tuesday]
    assert afterwards.asks(HomeVisits()) == {"next": None}


def test_a_visit_is_coming_until_it_ends(clinic):
    maria = clinic.patient()
    visit = maria.asks(clinic.booking(clinic.at(TUESDAY, 9)))
    during = maria.later(clinic.at(TUESDAY, 9, 39))
    assert ids(during.asks(ListVisits())) == [visit["appointment_id"]]
    assert ids(during.asks(ListVisits(when="past"))) == []


@pytest.mark.parametrize("when", ["coming", "past"])
def test_pages_hold_every_visit_once(clinic, when):
    maria = clinic.patient()
    for n in range(5):
        maria.asks(clinic.booking(clinic.at(TUESDAY, 13) + timedelta(minutes=40 * n)))
    reader = maria if when == "coming" else maria.later(clinic.at(WEDNESDAY, 9))
    whole = ids(reader.asks(ListVisits(when=when)))
    found, cursor = [], None
    for _page in range(3):
        reply = reader.asks(ListVisits(when=when, limit=2, cursor=cursor))
        found += ids(reply)
        cursor = reply["next"]
    assert found == whole
    assert len(found) == 5
    assert cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "20260303T140000.000000~x", "~"])
def test_a_cursor_that_is_none_is_refused(clinic, cursor):
    with pytest.raises(BadRequest):
        clinic.patient().asks(ListVisits(cursor=cursor))


@pytest.mark.parametrize("request_of", [ShowVisit, CancelAppointment, ShowVisitCalendar])
def test_another_patients_visit_is_not_found(clinic, request_of):
    visit = clinic.patient().asks(clinic.booking())
    request = request_of(appointment_id=visit["appointment_id"])
    for stranger in (clinic.patient(), clinic.staff()):
        with pytest.raises(NotFound):
            stranger.asks(request)
    assert clinic.rows("SELECT state FROM appointment") == [("booked",)]


def test_a_cancelled_visit_frees_its_time_and_is_announced(clinic):
    maria = clinic.patient()
    visit = maria.asks(clinic.booking(clinic.at(WEDNESDAY, 9)))
    reply = maria.asks(cancel(visit, reason="I am away"))
    assert (reply["state"], reply["cancelled_by"]) == ("cancelled", "patient")
    assert reply["cancel_reason"] == "I am away"
    assert ids(maria.asks(ListVisits(when="past"))) == [visit["appointment_id"]]
    booked, cancelled = clinic.rows("SELECT name, sequence, data::jsonb AS data FROM outbox")
    assert (cancelled.name, cancelled.sequence) == ("AppointmentCancelled", 2)
    assert (booked.data["revision"], cancelled.data["revision"]) == (0, 1)
    assert clinic.patient().asks(clinic.booking(clinic.at(WEDNESDAY, 9)))["state"] == "booked"


def test_patients_call_off_until_a_day_before_and_staff_until_the_visit_begins(clinic):
    maria = clinic.patient()
    nine = clinic.at(WEDNESDAY, 9)
    visit = maria.asks(clinic.booking(nine))
    late = nine - timedelta(hours=24)
    assert visit["cancel_until"] == late
    with pytest.raises(TooLateToCancel):
        maria.later(late).asks(cancel(visit))
    desk = clinic.staff().later(nine)
    with pytest.raises(TooLateToCancel):
        desk.asks(cancel(visit, patient_id=maria.patient_id))
    in_time = desk.later(nine - timedelta(seconds=1))
    assert in_time.asks(cancel(visit, patient_id=maria.patient_id))["cancelled_by"] == "staff"


def test_a_visit_is_called_off_once(clinic):
    maria = clinic.patient()
    visit = maria.asks(clinic.booking(clinic.at(WEDNESDAY, 9)))

    def call_off(_n):
        try:
            return maria.asks(cancel(visit))["state"]
        except AlreadyCancelled:
            return "refused"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(call_off, range(6)))
    assert outcomes == ["cancelled"] + ["refused"] * 5
    assert clinic.rows("SELECT count(*) FROM outbox WHERE name = 'AppointmentCancelled'") == [(1,)]


def test_the_calendar_file_reads_back_with_the_visits_moments(clinic):
    maria = clinic.patient()
    visit = maria.asks(clinic.booking(clinic.at(TUESDAY, 9), reason="My knee hurts"))
    request = ShowVisitCalendar(appointment_id=visit["appointment_id"], language="es")
    file = maria.asks(request)
    (entry,) = icalendar.Calendar.from_ical(file["text"]).walk("VEVENT")
    assert entry["uid"] == f"{visit['appointment_id']}@portico"
    assert entry.decoded("dtstart") == visit["starts_at"]
    assert entry.decoded("dtend") == visit["ends_at"]
    assert entry["summary"] == "Visita con Dr. Amara Okafor"
    assert "knee" not in file["text"]
    assert file["filename"] == "visit-2026-03-03.ics"


def test_the_day_list_calls_people_by_the_names_that_identity_told(clinic):
    maria, elena = clinic.patient(), clinic.patient()
    maria.asks(clinic.booking(clinic.at(TUESDAY, 10)))
    elena.asks(clinic.booking(clinic.at(TUESDAY, 10), provider_id=clinic.park))
    elena.asks(clinic.booking(clinic.at(WEDNESDAY, 9)))
    named = contact_details(maria.patient_id)
    for _delivery in range(2):
        with clinic.store.transaction() as tx:
            reactions.learn_name(tx, named)
    day = clinic.staff().asks(DayList(day=TUESDAY))
    assert [(i["provider_name"], i["patient_name"]) for i in day["items"]] == [
        ("Dr. Amara Okafor", "Maria Reyes"),
        ("Lena Park NP", ""),
    ]
    (audited,) = clinic.rows("SELECT patient_ids FROM audit_row WHERE method = 'day_list'")
    assert set(audited.patient_ids) == {maria.patient_id, elena.patient_id}


def test_an_older_name_that_arrives_later_changes_nothing(clinic):
    maria = clinic.patient()
    maria.asks(clinic.booking(clinic.at(TUESDAY, 10)))
    newer = contact_details(maria.patient_id)
    older = replace(newer, first_name="Mary")
    for number, told in ((2, newer), (1, older)):
        body = encode(
            told, event_id=new_id(), sequence=number, occurred_at=clinic.at(TUESDAY, number)
        )
        delivery = Delivery("scheduling.on_contact_details_changed", decode(body), body)
        react(clinic.store, delivery, reactions.learn_name, now=clinic.at(TUESDAY, 9))
    (row,) = clinic.staff().asks(DayList(day=TUESDAY))["items"]
    assert row["patient_name"] == "Maria Reyes"


def test_the_day_list_can_be_of_one_provider(clinic):
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10)))
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10), provider_id=clinic.park))
    day = clinic.staff().asks(DayList(day=TUESDAY, provider_id=clinic.park))
    assert [item["provider_id"] for item in day["items"]] == [clinic.park]


def test_a_visit_late_in_the_evening_stands_on_its_local_day(clinic):
    maria = clinic.patient()
    late = clinic.at(TUESDAY, 22)  # already Wednesday in UTC
    clinic.staff().asks(clinic.booking(late, patient_id=maria.patient_id))
    assert len(clinic.staff().asks(DayList(day=TUESDAY))["items"]) == 1
    assert clinic.staff().asks(DayList(day=WEDNESDAY))["items"] == []


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_of_other_eras_are_refused(clinic, day):
    checkup = clinic.checkup.visit_type_id
    with pytest.raises(BadRequest):
        clinic.staff().asks(DayList(day=day))
    with pytest.raises(BadRequest):
        clinic.patient().asks(FreeTimes(visit_type_id=checkup, from_day=day))


def test_a_visit_of_long_ago_is_taken_over_once_and_announced_to_nobody(clinic):
    maria, appointment_id = clinic.patient(), new_id()
    past = clinic.at(date(2025, 6, 3), 9)
    taken = []
    for _time in range(2):
        with clinic.store.transaction() as tx:
            taken.append(
                commands.record_visit(
                    tx,
                    appointment_id=appointment_id,
                    patient_id=maria.patient_id,
                    provider_id=clinic.okafor,
                    visit_type_id=clinic.checkup.visit_type_id,
                    starts_at=past,
                    booked_at=past - timedelta(days=9),
                    reason="A cough",
                )
            )
    assert taken == [True, False]
    assert ids(maria.asks(ListVisits(when="past"))) == [appointment_id]
    assert maria.asks(ShowVisit(appointment_id=appointment_id))["reason"] == "A cough"
    assert clinic.rows("SELECT * FROM outbox") == []


def test_holds_that_have_run_out_are_removed_and_no_others(clinic):
    hold = HoldSlot(
        visit_type_id=clinic.checkup.visit_type_id,
        provider_id=clinic.okafor,
        starts_at=clinic.at(TUESDAY, 9),
    )
    until = clinic.patient().asks(hold)["until"]
    clinic.patient().asks(clinic.booking(clinic.at(TUESDAY, 10)))
    for moment, left in ((until - timedelta(seconds=1), 2), (until, 1)):
        with clinic.store.transaction(now=moment) as tx:
            commands.reconcile(tx)
        assert clinic.rows("SELECT count(*) FROM appointment") == [(left,)]


def ids(reply) -> list:
    return [item["appointment_id"] for item in reply["items"]]


def cancel(visit, **rest) -> CancelAppointment:
    return CancelAppointment(appointment_id=visit["appointment_id"], **rest)


def contact_details(patient_id) -> ContactDetailsChanged:
    return ContactDetailsChanged(
        person_id=patient_id,
        person="patient",
        first_name="Maria",
        last_name="Reyes",
        email=None,
        mobile=None,
        language="en",
        zone="America/New_York",
    )
