"""Reminders: planned with the visit, by its own clock on the wall; announced once, in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from portico_contracts.scheduling import CancelAppointment, HoldSlot
from scheduling import commands
from scheduling.domain.free_times import to_utc
from scheduling.domain.reminders import reminders_of

NEW_YORK = "America/New_York"
FRIDAY_THE_13TH = date(2026, 3, 13)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def due(starts_at, *, zone=NEW_YORK, now=LONG_AGO) -> dict[str, datetime]:
    return {one.kind: one.due_at for one in reminders_of(starts_at, zone=zone, now=now)}


def test_a_visit_is_reminded_of_a_week_two_days_and_two_hours_before():
    visit = to_utc(date(2026, 6, 10), time(9), NEW_YORK)
    assert due(visit) == {
        "seven_days": visit - timedelta(days=7),
        "two_days": visit - timedelta(days=2),
        "two_hours": visit - timedelta(hours=2),
    }


def test_reminders_whose_time_is_past_are_not_made():
    visit = to_utc(date(2026, 6, 10), time(9), NEW_YORK)
    assert list(due(visit, now=visit - timedelta(days=3))) == ["two_days", "two_hours"]
    assert list(due(visit, now=visit - timedelta(hours=2))) == []


def test_each_is_of_use_until_the_next_and_the_last_until_the_visit():
    visit = to_utc(date(2026, 6, 10), time(9), NEW_YORK)
    week, days, hours = reminders_of(visit, zone=NEW_YORK, now=LONG_AGO)
    assert (week.worth_until, days.worth_until) == (days.due_at, hours.due_at)
    assert hours.worth_until == visit


@pytest.mark.parametrize(
    ("zone", "day", "hours_of_a_week"),
    [
        (NEW_YORK, date(2026, 11, 1), 7 * 24 + 1),
        (NEW_YORK, date(2027, 3, 14), 7 * 24 - 1),
        ("Europe/London", date(2026, 10, 25), 7 * 24 + 1),
        ("Australia/Lord_Howe", date(2026, 10, 4), 7 * 24 - 0.5),
    ],
)
def test_days_before_keep_the_time_on_the_wall_whatever_the_clocks_do(zone, day, hours_of_a_week):
    visit = to_utc(day + timedelta(days=1), time(9), zone)
    found = due(visit, zone=zone)
    for kind in ("seven_days", "two_days"):
        assert found[kind].astimezone(ZoneInfo(zone)).time() == time(9)
    assert visit - found["seven_days"] == timedelta(hours=hours_of_a_week)
    assert visit - found["two_hours"] == timedelta(hours=2)


def test_a_time_on_the_wall_that_does_not_exist_that_day_comes_an_hour_later():
    visit = to_utc(date(2027, 3, 16), time(2, 30), NEW_YORK)
    assert due(visit)["two_days"] == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)


@given(
    st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    st.times(),
    st.sampled_from([NEW_YORK, "Europe/London", "Australia/Lord_Howe", "America/Santiago"]),
)
def test_reminders_come_in_order_before_the_visit_on_the_right_day(day, at, zone):
    visit = to_utc(day, at, zone)
    found = list(due(visit, zone=zone).values())
    assert found == sorted(found)
    assert found[-1] < visit
    here = ZoneInfo(zone)
    assert visit.astimezone(here).date() - found[0].astimezone(here).date() == timedelta(days=7)


def booked(clinic, *, at=None, day=FRIDAY_THE_13TH):
    maria = clinic.patient()
    return maria, maria.asks(clinic.booking(at or clinic.at(day, 9)))


def remind(clinic, now) -> int:
    with clinic.store.transaction(now=now) as tx:
        return commands.remind(tx, now=now)


def reminders(clinic) -> dict[str, str]:
    rows = clinic.rows("SELECT kind, state FROM reminder ORDER BY due_at")
    return {row.kind: row.state for row in rows}


def announced(clinic) -> list[str]:
    rows = clinic.rows(
        "SELECT data::jsonb->>'kind' AS kind FROM outbox WHERE name = 'VisitReminderDue' "
        "ORDER BY seq"
    )
    return [row.kind for row in rows]


def test_a_booking_plans_the_reminders_that_are_to_come(clinic):
    booked(clinic)
    assert list(reminders(clinic)) == ["seven_days", "two_days", "two_hours"]
    booked(clinic, at=clinic.at(date(2026, 3, 5), 9))
    assert len(clinic.rows("SELECT * FROM reminder")) == 3 + 2


def test_a_hold_is_no_visit_to_be_reminded_of(clinic):
    kind = clinic.checkup.visit_type_id
    nine = clinic.at(FRIDAY_THE_13TH, 9)
    clinic.patient().asks(HoldSlot(visit_type_id=kind, provider_id=clinic.okafor, starts_at=nine))
    assert reminders(clinic) == {}


def test_a_reminder_is_announced_when_it_is_due_and_once(clinic):
    maria, visit = booked(clinic)
    two_days = clinic.at(date(2026, 3, 11), 9)
    assert remind(clinic, clinic.at(date(2026, 3, 6), 9) - timedelta(seconds=1)) == 0
    assert remind(clinic, clinic.at(date(2026, 3, 6), 9)) == 1
    assert remind(clinic, two_days - timedelta(seconds=1)) == 0
    assert remind(clinic, two_days) == 1
    assert remind(clinic, two_days) == 0
    assert announced(clinic) == ["seven_days", "two_days"]
    (event,) = clinic.rows("SELECT data::jsonb AS data FROM outbox WHERE data LIKE '%two_days%'")
    assert event.data["appointment_id"] == str(visit["appointment_id"])
    assert event.data["patient_id"] == str(maria.patient_id)
    assert event.data["location_name"] == "Main Street clinic"


def test_after_an_outage_only_the_reminder_that_still_helps_is_announced(clinic):
    booked(clinic)
    remind(clinic, clinic.at(date(2026, 3, 12), 15))
    assert reminders(clinic) == {
        "seven_days": "suppressed", "two_days": "announced", "two_hours": "waiting",
    }  # fmt: skip
    assert announced(clinic) == ["two_days"]


def test_nobody_is_reminded_once_the_visit_has_begun(clinic):
    booked(clinic)
    remind(clinic, clinic.at(FRIDAY_THE_13TH, 9))
    assert set(reminders(clinic).values()) == {"suppressed"}
    assert announced(clinic) == []


def test_a_visit_that_is_called_off_is_not_reminded_of(clinic):
    maria, visit = booked(clinic)
    maria.asks(CancelAppointment(appointment_id=visit["appointment_id"]))
    assert set(reminders(clinic).values()) == {"cancelled"}
    assert remind(clinic, clinic.at(date(2026, 3, 12), 15)) == 0


def test_copies_that_look_at_once_announce_each_reminder_once(clinic):
    for hour in (9, 10, 11, 13, 14, 15):
        booked(clinic, at=clinic.at(FRIDAY_THE_13TH, hour))
    moment = clinic.at(date(2026, 3, 11), 16)
    with ThreadPoolExecutor(6) as pool:
        settled = list(pool.map(lambda _n: remind(clinic, moment), range(12)))
    assert sum(settled) == 12
    assert announced(clinic) == ["two_days"] * 6


def test_a_batch_is_bounded_and_the_rest_follows(clinic):
    booked(clinic)
    rows = (
        "INSERT INTO reminder SELECT gen_random_uuid(), appointment_id, n, 'two_days', due_at, "
        "worth_until, 'waiting' FROM reminder, generate_series(1, 450) n WHERE kind = 'two_days'"
    )
    with clinic.store.engine.begin() as connection:
        connection.exec_driver_sql(rows)
    moment = clinic.at(date(2026, 3, 11), 9)
    assert [remind(clinic, moment) for _ in range(4)] == [200, 200, 52, 0]


def test_what_waits_for_a_visit_that_is_off_is_ended_by_the_reconciler(clinic):
    booked(clinic)
    with clinic.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE appointment SET state = 'cancelled', cancelled_at = booked_at, "
            "revision = revision + 1"
        )
    with clinic.store.transaction() as tx:
        commands.reconcile(tx)
    assert set(reminders(clinic).values()) == {"cancelled"}


def test_a_hold_made_by_a_clock_that_was_wrong_does_not_outlast_its_correction(clinic):
    kind = clinic.checkup.visit_type_id
    nine = clinic.at(FRIDAY_THE_13TH, 9)
    maria = clinic.patient()
    two_days_ahead = maria.later(maria.now + timedelta(hours=48))
    two_days_ahead.asks(HoldSlot(visit_type_id=kind, provider_id=clinic.okafor, starts_at=nine))
    with clinic.store.transaction(now=maria.now) as tx:
        commands.reconcile(tx)
    assert clinic.rows("SELECT * FROM appointment") == []


def test_what_is_overdue_is_told(clinic):
    booked(clinic)
    with clinic.store.transaction(now=clinic.at(date(2026, 3, 11), 9, 3)) as tx:
        commands.measure(tx)
    assert REGISTRY.get_sample_value("portico_reminders_overdue") == 2
