"""A patient's body in numbers: where each value lies at a given time, and how it hangs together."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from portico_ops.sandbox.practice.catalogue.illnesses import ILLNESSES
from portico_ops.sandbox.practice.catalogue.tests import TESTS
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import age_on, months_before
from portico_ops.sandbox.practice.record import Sex

STORY_MONTHS = 36  # illnesses move from their first level to the present one over this time

# What is typical where the usual range has one side only, or none.
TYPICAL = {
    "a1c": 5.3, "cholesterol": 176, "triglycerides": 104, "hdl": 57, "ldl": 100, "bnp": 140,
    "urine_albumin": 9, "glucose": 90, "systolic": 118, "diastolic": 74, "oxygen": 98,
    "temperature": 36.7, "heart_rate": 72, "breaths": 15, "tsh": 2.0, "ferritin": 80,
    "alt": 22, "ast": 22, "bilirubin": 0.6,
}  # fmt: skip

# Body height in cm at ages in years, between which one grows evenly (CDC growth charts, middle).
GROWTH = ((0, 50), (1, 75), (2, 87), (4, 102), (6, 115), (8, 128), (10, 138), (12, 149),
          (14, 161), (16, 167), (18, 169))  # fmt: skip
CHILD_BMI = ((0, 14), (1, 17), (3, 16), (6, 15.4), (10, 17), (14, 19.5), (18, 22))


@dataclass(frozen=True, kw_only=True)
class Body:
    """Draws values for one patient; `offsets` are how they differ from the typical person."""

    sex: Sex
    born: date
    today: date
    illnesses: tuple[str, ...]
    offsets: Mapping[str, float]
    adult_height: float
    adult_bmi: float

    def value(self, test: str, *, on: date, chance: random.Random) -> float:
        """A plausible value of one test on a day, within what is possible."""
        level = self._level(test, on=on)
        lowest, highest = TESTS[test].possible
        drawn = chance.gauss(level, self._spread(test, level))
        return min(max(drawn, lowest), highest)

    def height(self, *, on: date) -> float:
        """In cm."""
        age = (on - self.born).days / 365.25
        if age >= 18:
            return self.adult_height
        return _between(GROWTH, age) * (1 + (self.adult_height - 169) / 169 * 0.5)

    def weight(self, *, on: date, chance: random.Random) -> float:
        """In kg."""
        age = (on - self.born).days / 365.25
        bmi = self.adult_bmi if age >= 18 else _between(CHILD_BMI, age)
        return chance.gauss(bmi, 0.2) * (self.height(on=on) / 100) ** 2

    def _spread(self, test: str, level: float) -> float:
        """How much values differ from day to day: a part of the usual range, or of the value."""
        low, high = TESTS[test].usual(self.sex)
        return 0.025 * level if low is None or high is None else 0.06 * float(high - low)

    def _level(self, test: str, *, on: date) -> float:
        for illness in self.illnesses:
            for name, at_onset, now in ILLNESSES[illness].levels:
                if name == test:
                    return at_onset + (now - at_onset) * self._progress(on)
        return self._healthy(test, on=on) * self.offsets.get(test, 1.0)

    def _progress(self, on: date) -> float:
        """How far the story has come on a day: 0 at its start, 1 today."""
        start = months_before(self.today, STORY_MONTHS)
        return min(1.0, max(0.0, (on - start).days / (self.today - start).days))

    def _healthy(self, test: str, *, on: date) -> float:
        age = age_on(on, born=self.born)
        if test == "heart_rate" and age < 12:
            return 108 - 2.6 * age
        if test == "breaths" and age < 12:
            return 26 - age
        if test == "systolic":
            return TYPICAL[test] + (age - 40) * 0.22 if age >= 18 else 88 + age * 1.6
        if test == "diastolic" and age < 18:
            return 52 + age
        if test in TYPICAL:
            return TYPICAL[test]
        low, high = TESTS[test].usual(self.sex)
        assert low is not None
        return float(low) * 1.25 if high is None else float(low + high) / 2


def make_body(
    *, seed: int, key: str, sex: Sex, born: date, illnesses: tuple[str, ...], today: date
) -> Body:
    """The body of one patient."""
    chance = chance_for(seed, key, "body")
    offsets = {test: min(1.09, max(0.91, chance.gauss(1, 0.04))) for test in TESTS}
    # Far from the middle, these would be news of their own.
    for steady in ("temperature", "oxygen", "sodium", "chloride", "calcium", "mcv", "hgb"):
        offsets[steady] = 1 + (offsets[steady] - 1) / 6
    height = chance.gauss(162, 5) if sex == "female" else chance.gauss(176, 6)
    heavy = {"type_2_diabetes", "prediabetes", "hypertension"} & set(illnesses)
    bmi = chance.uniform(27, 34) if heavy else chance.uniform(20, 27)
    return Body(sex=sex, born=born, today=today, illnesses=illnesses, offsets=offsets,
                adult_height=height, adult_bmi=bmi)  # fmt: skip


def filtration_rate(*, creatinine: float, age: int, sex: Sex) -> float:
    """Kidney filtration in mL/min/1.73 m2 from creatinine in mg/dL: CKD-EPI 2021."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    rate = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor
    return float(rate)


def _between(curve: tuple[tuple[float, float], ...], at: float) -> float:
    """The point of a curve at one place, evenly between its corners."""
    for (left, low), (right, high) in pairwise(curve):
        if at <= right:
            return low + (high - low) * max(0.0, at - left) / (right - left)
    return curve[-1][1]
