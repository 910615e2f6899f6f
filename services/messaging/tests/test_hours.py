"""Due times count the hours in which somebody works, and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as trial
from hypothesis import strategies as st

from messaging.config import Settings
from messaging.domain.hours import (
    NeverOpen,
    PracticeHours,
    due_time,
    open_time,
    read_hours,
    resumed_due,
)
from portico_kit.settings import SettingsMissing

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = read_hours(
    weekly="mon-fri 08:00-17:00", zone="America/New_York", holidays="2026-12-25, 2027-01-01"
)
HOUR = timedelta(hours=1)
steady = trial(deadline=None)


def in_new_york(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


# Hypothesis wants naive limits; days around both clock changes are as likely as any others.
FIRST, LAST = datetime(2026, 1, 1), datetime(2027, 12, 31)  # noqa: DTZ001
CHANGES = [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)]
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC)) | st.builds(
    lambda day, passed: day + passed,
    st.sampled_from(CHANGES),
    st.timedeltas(timedelta(), timedelta(days=3)),
)
promises = st.timedeltas(timedelta(minutes=1), timedelta(hours=60))


@st.composite
def practices(draw: st.DrawFn) -> PracticeHours:
    """Any practice: split days, nights, weekends, free days, several zones."""
    days = []
    for _ in range(7):
        edges = sorted(draw(st.sets(st.integers(0, 24 * 4 - 1), max_size=4)))
        quarters = [time(e // 4, e % 4 * 15) for e in edges]
        days.append(tuple(zip(quarters[::2], quarters[1::2], strict=False)))
    days[draw(st.integers(0, 6))] = ((time(1), time(4)),)
    zone = draw(st.sampled_from(["America/New_York", "America/Phoenix", "UTC", "Europe/Lisbon"]))
    free = draw(st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5))
    return PracticeHours(zone=ZoneInfo(zone), weekly=tuple(days), holidays=frozenset(free))


@steady
@given(practices(), moments, promises)
def test_exactly_the_promised_open_time_lies_before_the_due_time(
    hours: PracticeHours, start: datetime, promise: timedelta
) -> None:
    assert open_time(hours, start, due_time(hours, start, promise)) == promise


@steady
@given(practices(), moments, promises)
def test_an_answer_is_due_while_somebody_works(
    hours: PracticeHours, start: datetime, promise: timedelta
) -> None:
    due = due_time(hours, start, promise)
    day = due.astimezone(hours.zone).date()
    spans = [s for d in (-1, 0, 1) for s in hours.openings(day + timedelta(days=d))]
    assert any(opens < due <= closes for opens, closes in spans)


@steady
@given(practices(), moments, st.timedeltas(timedelta(), timedelta(days=9)), promises)
def test_who_asks_later_is_not_answered_sooner(
    hours: PracticeHours, start: datetime, wait: timedelta, promise: timedelta
) -> None:
    assert due_time(hours, start, promise) <= due_time(hours, start + wait, promise)


@steady
@given(moments, promises, st.timedeltas(timedelta(), timedelta(days=9)), st.data())
def test_a_clock_that_stood_has_as_much_left_as_when_it_stopped(
    start: datetime, promise: timedelta, pause: timedelta, data: st.DataObject
) -> None:
    due = due_time(OFFICE, start, promise)
    stopped = start + data.draw(st.timedeltas(timedelta(), due - start))
    left = open_time(OFFICE, stopped, due)
    resumed = resumed_due(OFFICE, due_at=due, stopped_at=stopped, now=stopped + pause)
    if stopped < due:
        assert open_time(OFFICE, stopped + pause, resumed) == left
        assert resumed >= due
    else:
        assert resumed == due


def test_a_question_on_friday_afternoon_is_due_on_monday_morning() -> None:
    asked = in_new_york(2026, 3, 13, 15, 30)
    assert due_time(OFFICE, asked, 4 * HOUR) == in_new_york(2026, 3, 16, 10, 30)


def test_a_question_at_night_waits_for_the_morning() -> None:
    asked = in_new_york(2026, 3, 17, 2, 0)
    assert due_time(OFFICE, asked, HOUR) == in_new_york(2026, 3, 17, 9, 0)


def test_the_clock_change_on_sunday_moves_nothing_on_the_wall() -> None:
    friday = in_new_york(2026, 3, 6, 16, 0)
    assert due_time(OFFICE, friday, 2 * HOUR) == in_new_york(2026, 3, 9, 9, 0)


def test_a_night_that_loses_an_hour_counts_the_hours_there_were() -> None:
    nights = read_hours(weekly="sun 00:00-06:00", zone="America/New_York", holidays="")
    start, end = in_new_york(2026, 3, 8, 0, 0), in_new_york(2026, 3, 8, 6, 0)
    assert open_time(nights, start, end) == 5 * HOUR


def test_nobody_is_promised_an_answer_on_a_holiday() -> None:
    asked = in_new_york(2026, 12, 24, 16, 0)
    assert due_time(OFFICE, asked, 2 * HOUR) == in_new_york(2026, 12, 28, 9, 0)


def test_a_practice_that_never_opens_is_refused() -> None:
    with pytest.raises(NeverOpen):
        read_hours(weekly="", zone="America/New_York", holidays="")


@pytest.mark.parametrize(
    "weekly",
    [
        "mon",
        "someday 08:00-09:00",
        "mon-fri 8-17",
        "mon-thu 08:00-17:00, sat-mon 09:00-12:00",
        "mon-fri 17:00-08:00, sat 09:00-12:00",
    ],
)
def test_hours_that_cannot_be_read_are_refused(weekly: str) -> None:
    with pytest.raises(ValueError):
        read_hours(weekly=weekly, zone="America/New_York", holidays="")


def test_a_wrong_setting_is_told_at_start() -> None:
    address = dict.fromkeys(
        ("database_url", "amqp_url", "token_public_key", "master_keys", "transit_key"), ""
    )
    for wrong in (
        {"practice_hours": "always"},
        {"practice_zone": "America/Cedar_Grove"},
        {"practice_holidays": "Christmas"},
    ):
        with pytest.raises(SettingsMissing):
            Settings(**address, **wrong)
