"""Measuring a body: laboratory panels and vital signs as they would be reported."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from portico_ops.sandbox.practice.body import Body, filtration_rate
from portico_ops.sandbox.practice.catalogue.tests import PANELS, TESTS, WORDED, LabTest
from portico_ops.sandbox.practice.days import age_on
from portico_ops.sandbox.practice.record import LOINC, Code, Measurement, Sex

VITALS = ("height", "weight", "bmi", "temperature", "heart_rate", "breaths", "oxygen",
          "systolic", "diastolic")  # fmt: skip

# What the strip shows in a bladder infection: places in the lists of words.
INFECTED = {"urine_look": 1, "urine_blood": 2, "urine_nitrite": 1, "urine_leukocytes": 2}


def measure_panel(
    body: Body,
    panel: str,
    *,
    key: str,
    on: date,
    chance: random.Random,
    pinned: Mapping[str, float] | None = None,
) -> tuple[Measurement, ...]:
    """All results of one panel. `pinned` sets values that the story needs."""
    tests = PANELS[panel][2]
    numbers = _numbers(body, [test for test in tests if test in TESTS], on=on, chance=chance)
    numbers.update(pinned or {})
    return tuple(
        _number(f"{key}-{test}", TESTS[test], numbers[test], sex=body.sex)
        if test in TESTS
        else _words(f"{key}-{test}", test, _place(body, test))
        for test in tests
    )


def measure_vitals(
    body: Body, *, key: str, on: date, chance: random.Random
) -> tuple[Measurement, ...]:
    """Height, weight, blood pressure and the rest at one visit."""
    height, weight = body.height(on=on), body.weight(on=on, chance=chance)
    numbers = {test: body.value(test, on=on, chance=chance) for test in VITALS[3:]}
    numbers["oxygen"] = min(100, numbers["oxygen"])
    numbers["temperature"] = chance.gauss(36.7, 0.2)
    numbers.update(height=height, weight=weight, bmi=weight / (height / 100) ** 2)
    adult = age_on(on, born=body.born) >= 18
    return tuple(
        _number(f"{key}-{test}", TESTS[test], numbers[test], sex=body.sex, ranged=adult)
        for test in VITALS
    )


def _numbers(body: Body, tests: list[str], *, on: date, chance: random.Random) -> dict[str, float]:
    numbers = {test: body.value(test, on=on, chance=chance) for test in tests}
    if "hct" in numbers:
        numbers["hct"] = numbers["hgb"] * chance.gauss(2.96, 0.02)
        numbers["rbc"] = numbers["hct"] * 10 / numbers["mcv"]
        numbers["mch"] = numbers["hgb"] * 10 / numbers["rbc"]
        numbers["mchc"] = numbers["hgb"] * 100 / numbers["hct"]
    if "ldl" in numbers:
        # Friedewald's estimate, as laboratories print it below 400 mg/dL of triglycerides.
        rest = numbers["hdl"] + numbers["triglycerides"] / 5
        numbers["ldl"] = max(30.0, numbers["cholesterol"] - rest)
    if "egfr" in numbers:
        age = age_on(on, born=body.born)
        rate = filtration_rate(creatinine=numbers["creatinine"], age=age, sex=body.sex)
        numbers["egfr"] = min(rate, 130.0)
    return numbers


def _number(key: str, test: LabTest, value: float, *, sex: Sex, ranged: bool = True) -> Measurement:
    rounded = test.rounded(value)
    assert rounded is not None
    low, high = test.usual(sex) if ranged else (None, None)
    return Measurement(
        key=key, code=test.coded, value=rounded, unit=test.unit, low=low, high=high,
        flag=_flag(rounded, low, high),
    )  # fmt: skip


def _flag(value: Decimal, low: Decimal | None, high: Decimal | None) -> Literal["N", "L", "H"]:
    if low is not None and value < low:
        return "L"
    if high is not None and value > high:
        return "H"
    return "N"


def _place(body: Body, test: str) -> int:
    if test == "strep":
        return int("strep_throat" in body.illnesses)
    if "urinary_infection" in body.illnesses:
        return INFECTED.get(test, 0)
    return 0


def _words(key: str, test: str, place: int) -> Measurement:
    code, display, words = WORDED[test]
    return Measurement(
        key=key, code=Code(system=LOINC, code=code, display=display), value=words[place],
        unit=None, low=None, high=None, flag="A" if place else "N",
    )  # fmt: skip
