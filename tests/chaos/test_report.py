"""The report: the same record gives the same page, and what was not run says so."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import typer

from bench.figures import figure
from portico_ops.commands.chaos import files_of
from tests.chaos.record import Notes, Record
from tests.chaos.report import PLACES, page

STORM = "tests/chaos/test_01_kill_storm.py::test_a_storm"
POISON = "tests/chaos/test_07_poison.py::test_poison_is_parked"


def a_record(outcome: str = "passed") -> dict:
    found = {
        "at": "2026-11-22T09:00+00:00",
        "outcome": outcome,
        "seconds": 21.5,
        "why": "",
        "load": 1.0,
        "long": True,
        "seed": 7,
        "figures": [
            asdict(figure("bookings lost", 0, "bookings", wanted="0", baseline=3)),
            asdict(figure("settled", 12.5, "s", wanted="≤ 60 s", holds=lambda value: value <= 60)),
        ],
    }
    return {STORM: found}


def test_what_was_measured_stands_beside_what_was_wanted_and_the_baseline():
    made = page(a_record())
    assert "| bookings lost | 0 bookings | 3 | 0 |  |" in made
    assert "| settled | 12.5 s |  | ≤ 60 s | yes |" in made
    assert "`portico chaos --long --seed 7 --only 1`" in made
    assert "| 2026-11-22 | long | 7 | yes |" in made


def test_a_point_that_was_not_run_says_so():
    made = page({POISON: a_record()[STORM]})
    assert made.count("| not run |") == len(PLACES) - 1
    assert "cannot be read, raise, or end the process: not run" not in made


def test_a_point_that_failed_says_so():
    assert "| **no** |" in page(a_record("failed"))


def test_one_record_gives_one_page_that_is_not_long():
    assert page(a_record()) == page(a_record())
    assert len(page(a_record()).splitlines()) < 300


def test_what_ran_on_another_broker_stands_apart():
    there = a_record("failed")[STORM] | {"broker": "4.0.5"}
    made = page({**a_record(), f"{STORM} on RabbitMQ 4.0.5": there})
    assert "| **no** |" not in made
    own, other = made.split("## On RabbitMQ 4.0.5")
    assert "**passed**" in own and "- 1: a storm: **failed**" in other


def test_a_record_is_added_to(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    monkeypatch.setenv("PORTICO_CHAOS_RECORD", str(path))
    for test in (STORM, POISON):
        record = Record()
        Notes(record, test).note("lost", 0, "messages", wanted="0", holds=lambda n: n == 0)
        record.ended(test, outcome="passed", seconds=1.0)
        record.write()
    assert path.read_text().count('"outcome": "passed"') == 2
    assert record.result(POISON).figures[0].holds


def test_points_are_chosen_by_their_number():
    assert files_of([]) == ["tests/chaos"]
    assert files_of([1]) == ["tests/chaos/test_01_kill_storm.py"]
    with pytest.raises(typer.Exit):
        files_of([99])
