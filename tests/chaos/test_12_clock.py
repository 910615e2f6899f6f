"""Point 12: a clock that is wrong by two days, set back, and changed twice a year."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as TimeOfDay
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from portico_contracts.scheduling import BookAppointment, FreeTimes
from portico_kit.database import Store
from portico_kit.ids import new_id
from portico_kit.testing.people import the_front_desk
from portico_kit.testing.waiting import eventually
from scheduling import commands, queries
from scheduling.domain.booking import VisitType
from scheduling.domain.free_times import WeeklyHours
from scheduling.store import practice
from tests.chaos.diary import Clock, Diary
from tests.chaos.watch import Watch

AFTER_CORRECTION = 60.0
NEW_YORK = "America/New_York"
CHANGES = [  # the day on which the clocks change, and where
    (date(2026, 11, 1), NEW_YORK),
    (date(2027, 3, 14), NEW_YORK),
    (date(2026, 10, 25), "Europe/London"),
    (date(2027, 4, 4), "Australia/Lord_Howe"),  # by half an hour
]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


def test_a_timer_goes_on_whatever_the_clock_of_its_process_does(
    watch: Watch, clock: Clock, notes: Any, length: Any
) -> None:
    watch.start(**clock.settings)
    steps = length.of(short=(48, -48), long=(48, 0, -48, 0, 1, -1, 48, -48, 0) * 3)
    gaps = []
    for hours in (0, *steps):
        clock.set(hours)
        set_at = time.monotonic()
        seen = len(watch.ticks())
        eventually(lambda n=seen: len(watch.ticks()) >= n + 2, within=AFTER_CORRECTION)  # type: ignore[misc]
        gaps.append(time.monotonic() - set_at)
    moments = [at for _pid, at in watch.ticks()]
    notes.note("steps of the clock under a timer", len(steps), "steps")
    notes.note("longest until two more ticks", max(gaps[1:]), "s",
               wanted=f"<= {AFTER_CORRECTION}", holds=lambda s: s <= AFTER_CORRECTION)  # fmt: skip
    notes.note("shortest time between ticks", min(b - a for a, b in pairwise(moments)), "s",
               wanted=">= 0.9", holds=lambda s: s >= 0.9)  # fmt: skip


def test_no_reminder_is_early_or_late_when_the_clock_was_wrong_by_two_days(
    diary: Diary, clock: Clock, notes: Any
) -> None:
    clock.set(48)
    diary.copy(**clock.settings)
    diary.remind_in([0.5, 1, 3600, 47 * 3600])
    eventually(lambda: diary.announced() == 2, within=AFTER_CORRECTION)
    assert diary.waiting() == 2, "a clock that runs ahead reminds nobody early"

    clock.set(-48)
    diary.remind_in([-1, 0.5])
    time_of_ticks(diary, 2)
    assert diary.waiting() == 4, "a clock that runs behind waits"
    clock.set(0)
    corrected = time.monotonic()
    eventually(lambda: diary.announced() == 4, within=AFTER_CORRECTION)
    notes.note("reminded after the correction", time.monotonic() - corrected, "s",
               wanted=f"<= {AFTER_CORRECTION}", holds=lambda s: s <= AFTER_CORRECTION)  # fmt: skip
    assert diary.waiting() == 2
    assert diary.doubled() == 0
    notes.note("earliest reminder", min(diary.lateness()), "s", wanted=">= 0",
               holds=lambda s: s >= 0)  # fmt: skip


def time_of_ticks(diary: Diary, ticks: int) -> None:
    """Wait until the timer that reminds has taken its turn so many times more."""
    query = "SELECT ran_at FROM timer_run WHERE name = 'scheduling.remind'"
    for _tick in range(ticks):
        before = diary.rows(query)
        eventually(lambda seen=before: diary.rows(query) != seen, within=30)  # type: ignore[misc]


@dataclass
class Surgery:
    """A practice in one zone that is open round the clock, and its one provider."""

    store: Store
    zone: str
    kind_id: UUID
    provider_id: UUID

    def free(self, first: date, days: int, *, now: datetime) -> list[Any]:
        asked = FreeTimes(
            visit_type_id=self.kind_id, provider_id=self.provider_id, from_day=first, days=days
        )
        with self.store.transaction(actor=the_front_desk(), now=now) as tx:
            return queries.free_days(tx, asked, now=now)["days"]

    def book(self, starts_at: datetime, *, now: datetime) -> UUID:
        wanted = BookAppointment(
            visit_type_id=self.kind_id, provider_id=self.provider_id, starts_at=starts_at
        )
        desk = the_front_desk()
        with self.store.transaction(actor=desk, now=now, patient_id=new_id()) as tx:
            return commands.book_appointment(tx, wanted, now=now).appointment_id

    def remind(self, now: datetime) -> None:
        with self.store.transaction(now=now) as tx:
            commands.remind(tx, now=now)

    def reminded(self) -> dict[tuple[UUID, str], datetime]:
        """When each reminder was announced."""
        query = text(
            "SELECT appointment_id, kind, settled_at FROM reminder WHERE state = 'announced'"
        )
        with self.store.engine.connect() as connection:
            return {(r.appointment_id, r.kind): r.settled_at for r in connection.execute(query)}

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))


@pytest.fixture
def surgery_in(service_store: Callable[..., Store]) -> Callable[[str], Surgery]:
    def open_in(zone: str) -> Surgery:
        store, place = service_store("scheduling"), new_id()
        kind = VisitType(
            visit_type_id=new_id(), code="checkup", minutes=30, buffer_minutes=0,
            modes=("in_person",), online=True, notice_hours=0, horizon_days=90,
            reason_needed=False,
        )  # fmt: skip
        made = Surgery(store, zone, kind.visit_type_id, new_id())
        with store.transaction() as tx:
            practice.put_location(
                tx, location_id=place, name="Here", address="", phone="", zone=zone
            )
            practice.put_visit_type(tx, kind, name_en="Check-up", name_es="Chequeo")
            practice.put_provider(
                tx, provider_id=made.provider_id, name="Dr. Okafor", title="",
                location_id=place, offers=[kind.visit_type_id],
            )  # fmt: skip
            for weekday in range(7):
                hours = WeeklyHours(
                    provider_id=made.provider_id, location_id=place, zone=zone, weekday=weekday,
                    opens=TimeOfDay(0), closes=TimeOfDay(23, 30), step_minutes=30,
                    first_day=date(2026, 1, 1),
                )  # fmt: skip
                practice.put_hours(tx, hours, weekly_hours_id=new_id())
        return made

    return open_in


def half_hours(day: date, zone: str) -> list[datetime]:
    """Every moment of a local day at which a half hour on the wall begins: found by looking."""
    here = ZoneInfo(zone)
    start = datetime.combine(day, TimeOfDay(0), UTC) - timedelta(hours=15)
    minutes = (start + n * MINUTE for n in range(54 * 60))
    found = [m for m in minutes if m.astimezone(here).date() == day]
    return [m for m in found if m.astimezone(here).minute % 30 == 0]


@pytest.mark.parametrize(("day", "zone"), CHANGES, ids=str)
def test_free_times_stand_where_the_clock_on_the_wall_says_on_both_sides_of_a_change(
    surgery_in: Callable[[str], Surgery], day: date, zone: str
) -> None:
    surgery = surgery_in(zone)
    now = datetime.combine(day - timedelta(days=10), TimeOfDay(12), UTC)
    for shown in surgery.free(day - timedelta(days=2), 5, now=now):
        last = datetime.combine(shown["day"], TimeOfDay(23), ZoneInfo(zone))
        expected = [m for m in half_hours(shown["day"], zone) if m <= last]
        found = [slot["starts_at"] for slot in shown["times"]]
        assert found == expected, shown["day"]
        assert {surgery.local(m).date() for m in found} == {shown["day"]}


@pytest.mark.parametrize(("day", "zone"), CHANGES, ids=str)
def test_reminders_come_to_the_minute_by_the_clock_on_the_wall_across_a_change(
    surgery_in: Callable[[str], Surgery], day: date, zone: str, notes: Any
) -> None:
    surgery = surgery_in(zone)
    now = datetime.combine(day - timedelta(days=9), TimeOfDay(12), UTC)
    visits: dict[UUID, datetime] = {}
    for after in (0, 1, 2, 6):
        for slot in surgery.free(day + timedelta(days=after), 1, now=now)[0]["times"][4:40:9]:
            visits[surgery.book(slot["starts_at"], now=now)] = slot["starts_at"]
    expected = {
        (visit, kind): moment
        for visit, starts_at in visits.items()
        for kind, moment in wanted_reminders(starts_at, zone).items()
        if moment > now
    }
    for moment in sorted(set(expected.values())):
        for off in (-MINUTE, timedelta(0), MINUTE):
            surgery.remind(moment + off)
    found = surgery.reminded()
    assert found.keys() == expected.keys()
    wrong = [abs((found[one] - expected[one]).total_seconds()) for one in expected]
    notes.note(f"reminders across {day} in {zone}", len(wrong), "reminders")
    notes.note("furthest from their minute", max(wrong), "s", wanted="<= 60",
               holds=lambda s: s <= 60)  # fmt: skip


def wanted_reminders(starts_at: datetime, zone: str) -> dict[str, datetime]:
    """Where reminders belong, by looking at the clock on the wall minute by minute."""
    here = ZoneInfo(zone)
    visit = starts_at.astimezone(here).replace(tzinfo=None)
    found = {"two_hours": starts_at - timedelta(hours=2)}
    for kind, days in (("seven_days", 7), ("two_days", 2)):
        on_the_wall = visit - timedelta(days=days)
        around = (starts_at - timedelta(days=days) + n * MINUTE for n in range(-121, 122))
        shown = [m for m in around if m.astimezone(here).replace(tzinfo=None) == on_the_wall]
        if shown:
            found[kind] = shown[0]
        else:  # the time that the spring change skips: as much later as is skipped
            old = (starts_at - timedelta(days=days + 1)).astimezone(here).utcoffset()
            found[kind] = (on_the_wall - (old or timedelta(0))).replace(tzinfo=UTC)
    return found
