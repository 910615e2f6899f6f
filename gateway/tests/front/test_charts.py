"""Pictures hold for every kind of series that real records bring."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from gateway.charts import Point, scale_for, trend
from gateway.number_lines import Segment, mini, number_line

DAY = date(2024, 1, 10)
THREE = [Segment(5.7, "Usual", "below 5.7"), Segment(6.5, "Prediabetes", "5.7 – 6.4", 2),
         Segment(None, "Diabetes", "6.5+", 3)]  # fmt: skip


def series(*values: float, days: int = 90) -> list[Point]:
    return [Point(DAY + timedelta(days * n), value, f"{value:g}", value > 6)
            for n, value in enumerate(values)]  # fmt: skip


def drawn(points, low=None, high=None):
    told = {"band_label": "Usual range", "title": "A1C", "desc": "It rose.", "months": ["a", "b"]}
    return str(trend(points, low=low, high=high, **told))


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [((6.1,), 4.0, 5.6), ((5, 5, 5), None, None), ((0, 0), None, 5), ((5.0, 6.2), 5.7, None),
     ((0.0001, 0.0004), None, None), ((1e9, 2e9, 5e8), 1e6, 2e6), ((-3, 4), None, None),
     ((5, 5), 5, 5)],
)  # fmt: skip
def test_a_trend_is_well_formed_and_stays_inside_its_frame(values, low, high):
    svg = drawn(series(*values), low, high)
    ElementTree.fromstring(svg)
    assert "nan" not in svg and "inf" not in svg
    heights = [float(y) for y in re.findall(r'c?y="(-?[\d.]+)"', svg)]
    assert min(heights) >= 0 and max(heights) <= 240


def test_no_points_draw_nothing():
    assert drawn([]) == ""


def test_few_points_carry_their_values_and_many_an_axis():
    few, many = drawn(series(5.6, 6.1, 6.3)), drawn(series(*[5 + n / 10 for n in range(20)]))
    assert few.count('class="val') == 3
    assert many.count('class="val') == 1
    assert 'text-anchor="end"' in many


def test_values_on_neighbouring_days_do_not_write_over_each_other():
    close = [*series(5.0, 5.1, days=1), Point(DAY + timedelta(900), 5.5, "5.5")]
    assert drawn(close).count('class="val') == 2


def test_many_years_do_not_crowd_the_axis():
    assert len(re.findall(r">20\d\d<", drawn(series(*range(12), days=500)))) <= 6


def test_what_is_outside_has_another_shape_as_well_as_another_colour():
    svg = drawn(series(5.5, 6.4), high=6)
    assert svg.count("pt--out") == 1 and svg.count('<circle class="pt"') == 1


def test_titles_cannot_smuggle_markup():
    svg = trend(series(1, 2), low=None, high=None, band_label="<b>", title="<script>", desc="&",
                months=["<i>", "<i>"])  # fmt: skip
    assert "<script>" not in svg and "<i>" not in svg


def test_the_scale_takes_in_the_usual_range_unless_it_would_flatten_the_line():
    near, far = scale_for([6.0, 6.2], low=None, high=5.7), scale_for([6.0, 6.2], low=None, high=90)
    assert near.low < 5.7 and far.high < 10


@pytest.mark.parametrize("value", [0, 5.69, 5.7, 6.5, 14.9, 1e6])
def test_a_number_line_puts_the_pin_in_the_right_part(value):
    svg = str(number_line(value, shown=f"{value}", segments=THREE, you="You", title="Line"))
    ElementTree.fromstring(svg)
    pin = float(re.search(r'class="pin-l" x1="([\d.]+)%', svg)[1])
    part = 0 if value < 5.7 else 1 if value < 6.5 else 2
    assert part * 100 / 3 < pin < (part + 1) * 100 / 3
    assert svg.count("lab--on") == 1


def test_a_number_line_holds_for_a_range_of_one_value():
    parts = [
        Segment(7, "Low", "below 7", 2),
        Segment(7, "Usual", "7"),
        Segment(None, "High", "", 2),
    ]
    for value in (6, 7, 8):
        ElementTree.fromstring(
            str(number_line(value, shown="7", segments=parts, you="You", title="Line"))
        )


@pytest.mark.parametrize(("low", "high"), [(70, 99), (None, 5), (60, None), (0, 0), (5, 5)])
def test_a_small_line_keeps_its_dot_inside(low, high):
    svg = str(mini(1000, low=low, high=high, out=True))
    ElementTree.fromstring(svg)
    assert 0 <= float(re.search(r'cx="([\d.]+)%', svg)[1]) <= 100


def test_no_range_no_small_line():
    assert mini(5, low=None, high=None, out=False) == ""
