"""When a provider is free: rules over plain data, tried against a minute-by-minute oracle."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.free_times import (
    Busy,
    Closure,
    Slot,
    WeeklyHours,
    busy_of,
    free_slots,
    nearest,
    openings,
    overlap,
    slot_on_grid,
    soonest,
    to_utc,
)

OKAFOR, PARK, MAIN_STREET = (UUID(int=n) for n in (1, 2, 3))
NEW_YORK = "America/New_York"
SPRING_FORWARD, FALL_BACK = date(2026, 3, 8), date(2026, 11, 1)
HALF_HOUR = timedelta(minutes=30)
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def hours(day: date, opens: time, closes: time, *, zone: str = NEW_YORK, step: int = 30):
    return WeeklyHours(
        provider_id=OKAFOR,
        location_id=MAIN_STREET,
        zone=zone,
        weekday=day.weekday(),
        opens=opens,
        closes=closes,
        step_minutes=step,
        first_day=day,
        last_day=day,
    )


def free(blocks, *, taken=(), length=HALF_HOUR, occupied=None, bookable=EVER) -> list[Slot]:
    return free_slots(
        blocks, busy_of(taken), length=length, occupied=occupied or length, bookable=bookable
    )


def local_starts(slots: list[Slot]) -> list[str]:
    return [f"{s.starts_at.astimezone(ZoneInfo(s.zone)):%H:%M}" for s in slots]


def test_a_morning_is_cut_into_steps():
    blocks = openings([hours(SPRING_FORWARD, time(9), time(11))], [], [SPRING_FORWARD])
    assert local_starts(free(blocks)) == ["09:00", "09:30", "10:00", "10:30"]


def test_hours_keep_their_local_time_when_the_clock_changes():
    # Eight in the morning is 13:00 UTC the day before the spring change and 12:00 UTC after it.
    assert to_utc(date(2026, 3, 7), time(8), NEW_YORK).hour == 13
    assert to_utc(SPRING_FORWARD, time(8), NEW_YORK).hour == 12


def test_a_night_block_has_three_hours_in_spring_and_five_in_autumn():
    for day, real_hours in ((SPRING_FORWARD, 3), (date(2026, 3, 9), 4), (FALL_BACK, 5)):
        blocks = openings([hours(day, time(1), time(5))], [], [day])
        assert len(free(blocks)) == real_hours * 2


def test_a_block_inside_the_skipped_hour_has_no_times():
    blocks = openings([hours(SPRING_FORWARD, time(2, 30), time(3))], [], [SPRING_FORWARD])
    assert free(blocks) == []


def test_a_closure_of_part_of_a_day_takes_out_what_it_touches_and_keeps_the_grid():
    closed = Closure(
        first_day=FALL_BACK, last_day=FALL_BACK, from_time=time(9, 15), to_time=time(10)
    )
    blocks = openings([hours(FALL_BACK, time(9), time(11))], [closed], [FALL_BACK])
    assert local_starts(free(blocks)) == ["10:00", "10:30"]
    assert slot_on_grid(blocks, to_utc(FALL_BACK, time(9), NEW_YORK), HALF_HOUR) is None


def test_a_closure_of_another_provider_or_place_changes_nothing():
    for closed in (
        Closure(first_day=FALL_BACK, last_day=FALL_BACK, provider_id=PARK),
        Closure(first_day=FALL_BACK, last_day=FALL_BACK, location_id=PARK),
        Closure(first_day=date(2026, 11, 2), last_day=date(2026, 11, 9)),
    ):
        blocks = openings([hours(FALL_BACK, time(9), time(10))], [closed], [FALL_BACK])
        assert len(free(blocks)) == 2


def test_the_buffer_keeps_the_time_after_a_visit_free():
    blocks = openings([hours(FALL_BACK, time(9), time(11))], [], [FALL_BACK])
    ten = to_utc(FALL_BACK, time(10), NEW_YORK)
    taken = [(OKAFOR, (ten, ten + HALF_HOUR))]
    found = free(blocks, taken=taken, occupied=timedelta(minutes=45))
    assert local_starts(found) == ["09:00", "10:30"]


def test_the_first_time_of_each_provider_comes_soonest_first():
    slots = [slot(PARK, 9), slot(OKAFOR, 10), slot(PARK, 10)]
    assert soonest(slots) == slots[:2]


def test_the_nearest_times_lie_on_both_sides_and_come_in_order():
    slots = [slot(OKAFOR, hour) for hour in (8, 9, 11, 12, 20)]
    found = nearest(slots, slot(OKAFOR, 10).starts_at)
    assert [s.starts_at.hour for s in found] == [8, 9, 11, 12]


def slot(provider_id: UUID, hour: int) -> Slot:
    start = datetime(2026, 11, 2, hour, tzinfo=UTC)
    return Slot(
        provider_id=provider_id,
        location_id=MAIN_STREET,
        zone=NEW_YORK,
        day=start.date(),
        starts_at=start,
        ends_at=start + HALF_HOUR,
    )


ZONES = st.sampled_from([NEW_YORK, "America/Phoenix", "Australia/Lord_Howe", "Pacific/Apia"])
# The days around the clock changes of 2026, and some days without any.
DAYS = st.sampled_from(
    [SPRING_FORWARD, FALL_BACK, date(2026, 4, 5), date(2026, 10, 4), date(2026, 7, 1)]
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 15, 30, 45]))
SPANS = st.tuples(st.integers(0, 48 * 4), st.integers(1, 12))


@given(ZONES, DAYS, TIMES, TIMES, st.sampled_from([10, 15, 20, 30]), st.lists(SPANS, max_size=8))
def test_the_free_times_are_exactly_those_that_the_rules_allow(
    zone, day, opens, closes, step, spans
):
    block = hours(day, opens, closes, zone=zone, step=step)
    midnight = to_utc(day, time(0), zone)
    taken = [
        (midnight + timedelta(minutes=15 * at), midnight + timedelta(minutes=15 * (at + size)))
        for at, size in spans
    ]
    blocks = openings([block], [], [day])
    found = free(blocks, taken=[(OKAFOR, span) for span in taken])
    assert [s.starts_at for s in found] == list(by_the_rules(block, day, taken))


def by_the_rules(block: WeeklyHours, day: date, taken) -> Iterator[datetime]:
    """Walk the real minutes from the opening; a clock on the wall says when it is over."""
    start = to_utc(day, block.opens, block.zone)
    end = to_utc(day, block.closes, block.zone)
    for minutes in range(0, int((end - start).total_seconds() // 60), block.step_minutes):
        visit = (start + timedelta(minutes=minutes), start + timedelta(minutes=minutes) + HALF_HOUR)
        if visit[1] <= end and not any(overlap(visit, span) for span in taken):
            yield visit[0]


@given(ZONES, DAYS, TIMES, TIMES)
def test_every_time_lies_within_the_hours_that_the_clock_on_the_wall_shows(
    zone, day, opens, closes
):
    for found in free(openings([hours(day, opens, closes, zone=zone)], [], [day])):
        start, end = (m.astimezone(ZoneInfo(zone)) for m in (found.starts_at, found.ends_at))
        assert start.date() == day
        assert to_utc(day, opens, zone) <= found.starts_at
        assert found.ends_at <= to_utc(day, closes, zone)
        # On a night in which the clock is set, it shows some times twice and others never.
        if not is_set_on(day, zone):
            assert opens <= start.time()
            assert end.time() <= closes


def is_set_on(day: date, zone: str) -> bool:
    """Whether the clock on the wall is set on this day."""
    midnights = (datetime.combine(d, time(), ZoneInfo(zone)) for d in (day, day + timedelta(1)))
    return len({midnight.utcoffset() for midnight in midnights}) > 1


@given(st.lists(SPANS, max_size=12), SPANS)
def test_busy_answers_as_a_look_at_every_span_would(spans, asked):
    def moments(span):
        return tuple(FIRST + timedelta(minutes=15 * m) for m in (span[0], span[0] + span[1]))

    wanted = moments(asked)
    expected = any(overlap(moments(span), wanted) for span in spans)
    assert Busy(moments(span) for span in spans).overlaps(*wanted) is expected


FIRST = datetime(2026, 1, 1, tzinfo=UTC)
