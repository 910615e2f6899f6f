"""Days, times, money and clocks read as people say them, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gateway import formats

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("lang", "this_year", "other_year"),
    [("en", "Tuesday, December 1", "Thursday, January 7, 2027"),
     ("es", "martes, 1 de diciembre", "jueves, 7 de enero de 2027")],
)  # fmt: skip
def test_a_day_has_its_year_only_when_it_is_another(lang, this_year, other_year):
    today = date(2026, 11, 23)
    assert formats.dated("day", "2026-12-01", lang=lang, zone=ZONE, today=today) == this_year
    assert formats.dated("day", "2027-01-07", lang=lang, zone=ZONE, today=today) == other_year


def test_a_late_evening_belongs_to_the_day_of_its_zone():
    assert formats.as_date("2026-12-02T02:30:00+00:00", zone=ZONE) == date(2026, 12, 1)


def test_the_zone_is_named_only_where_it_differs():
    moment = "2026-12-01T14:30:00+00:00"
    assert formats.clock(moment, lang="en", zone=ZONE, home_zone=ZONE) == "9:30 AM"
    other = formats.clock(moment, lang="en", zone="America/Denver", home_zone=ZONE)
    assert other == "7:30 AM MST"


@pytest.mark.parametrize(
    ("value", "words"),
    [("2026-11-23T14:12:00+00:00", "9:12 AM"), ("2026-11-20T14:12:00+00:00", "Friday"),
     ("2026-10-29T14:12:00+00:00", "Oct 29"), ("2025-10-29T14:12:00+00:00", "Oct 29, 2025")],
)  # fmt: skip
def test_a_list_says_when_in_the_fewest_words(value, words):
    assert formats.when(value, lang="en", zone=ZONE, now=NOW) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("2026-11-23", "Today"), ("2026-11-24", "Tomorrow"), ("2026-12-01", "In 8 days")],
)
def test_how_soon_a_day_comes(value, words):
    assert formats.until(value, lang="en", zone=ZONE, now=NOW) == words


@pytest.mark.parametrize(
    ("value", "tone", "words"),
    [("2026-11-23T13:56:00+00:00", "late", "24 min late"),
     ("2026-11-23T14:58:00+00:00", "soon", "38 min left"),
     ("2026-11-23T17:50:00+00:00", "", "3 h left"),
     ("2026-11-24T17:50:00+00:00", "", "Tomorrow"),
     ("2026-11-19T14:20:00+00:00", "late", "4 days late")],
)  # fmt: skip
def test_a_work_clock_presses_only_when_it_must(value, tone, words):
    left = formats.time_left(value, lang="en", zone=ZONE, now=NOW)
    assert (left["tone"], left["text"]) == (tone, words)


def test_money_phones_and_ages():
    assert formats.money(123456, lang="en") == "$1,234.56"
    assert formats.money(123456, lang="es") == "$1,234.56"
    assert formats.phone_text("+15550100142") == "(555) 010-0142"
    assert formats.phone_text("+44 20 7946 0000") == "+44 20 7946 0000"
    assert formats.age("1968-11-24", today=date(2026, 11, 23)) == 57


def test_a_value_keeps_the_decimals_it_came_with():
    assert formats.shown("6.0", lang="en") == "6.0"
    assert formats.shown("250000", lang="en") == "250,000"
    assert formats.shown("Negative", lang="es") == "Negative"
    assert formats.shown("NaN", lang="en") == "NaN"
