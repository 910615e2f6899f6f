"""Rules about medicines: taken now or past, how much a day, how long the supply lasts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

NOW = frozenset({"active", "on-hold", "draft", "intended", "unknown"})
LOW_AFTER_DAYS = 14
LONGEST_SUPPLY = 1100

# UCUM codes and the words that senders write instead, in days.
_DAYS: dict[str, Decimal] = {
    "s": Decimal(1) / 86400, "min": Decimal(1) / 1440, "h": Decimal(1) / 24, "d": Decimal(1),
    "day": Decimal(1), "days": Decimal(1), "wk": Decimal(7), "week": Decimal(7),
    "weeks": Decimal(7), "mo": Decimal(30), "month": Decimal(30), "months": Decimal(30),
    "a": Decimal(365), "year": Decimal(365), "years": Decimal(365),
}  # fmt: skip


def taking(*, status: str, ended_at: datetime | None, now: datetime) -> Literal["now", "past"]:
    """Whether the patient is to take it now."""
    ended = ended_at is not None and ended_at <= now
    return "now" if status in NOW and not ended else "past"


def in_days(amount: Decimal, unit: str | None) -> Decimal | None:
    """A duration in days; None for a unit we do not know."""
    size = _DAYS.get((unit or "").lower())
    return None if size is None else amount * size


def daily_dose(
    *, dose: Decimal, frequency: Decimal, period: Decimal, period_unit: str | None
) -> Decimal | None:
    """How much is taken in a day; None where the timing does not tell."""
    days = in_days(period, period_unit)
    return dose * frequency / days if days and days > 0 else None


def supply_days(
    *, stated: Decimal | None, quantity: Decimal | None, daily: Decimal | None
) -> int | None:
    """How many whole days one filling lasts: as stated, else quantity by daily dose."""
    days = stated
    if days is None and quantity is not None and daily is not None and daily > 0:
        days = quantity / daily
    if days is None or not 0 < days <= LONGEST_SUPPLY:
        return None
    return int(days.to_integral_value(ROUND_FLOOR))


def days_left(*, filled_on: date | None, supply: int | None, today: date) -> int | None:
    """Days until the last known filling is used up.

    None when it cannot be said: nothing known of the filling, or it ran out so that a refill
    must have been handed out elsewhere.
    """
    if filled_on is None or supply is None:
        return None
    left = (filled_on + timedelta(days=supply) - today).days
    return left if 0 <= left <= supply else None
