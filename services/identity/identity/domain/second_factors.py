"""Second factors: their codes, and how long each is good."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

CHALLENGE_LASTS = timedelta(minutes=10)
TEXT_CODE_LASTS = timedelta(minutes=10)
RECOVERY_CODES = 10
STEP_SECONDS = 30
STEPS_OF_DRIFT = 1  # clocks of phones: RFC 6238, section 5.2, advises one step at most


def new_digits() -> str:
    """A fresh code for a text: six digits."""
    return f"{secrets.randbelow(1_000_000):06}"


def digits_typed(text: str) -> str:
    """What was meant by typed digits: any blanks and dashes between them."""
    return re.sub(r"[\s\-]+", "", text)


def step_of(at: float) -> int:
    """The step of RFC 6238 that a moment (seconds since 1970) lies in."""
    return int(at) // STEP_SECONDS


def steps_around(step: int, *, after: int) -> list[int]:
    """The steps whose codes are looked at: near enough, and later than the last one used."""
    around = range(step - STEPS_OF_DRIFT, step + STEPS_OF_DRIFT + 1)
    return [near for near in around if near > after]


def second_factor_is_required(*, kind: str, staff: str) -> bool:
    """Whether an account of this kind needs one; ``staff`` is the practice's setting."""
    return kind == "staff" and staff == "required"
