"""Rules about laboratory results: what is final, what its flag is, how a number is read."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from portico_contracts.records import AlreadyReleased, Flag, NotYetFinal

Release = Literal["on_receipt", "held"]

# http://hl7.org/fhir/R4/valueset-observation-status.html
FINAL = frozenset({"final", "amended", "corrected", "appended"})
WITHDRAWN = frozenset({"entered-in-error", "cancelled"})

# http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation
_FLAGS: dict[str, Flag] = {
    "N": "normal", "L": "low", "H": "high", "LL": "very_low", "HH": "very_high",
    "LU": "very_low", "HU": "very_high", "L<": "very_low", "H>": "very_high",
    "A": "abnormal", "AA": "abnormal", "ABN": "abnormal",
    "POS": "positive", "DET": "positive", "NEG": "negative", "ND": "negative",
}  # fmt: skip


def flag_of(
    *, interpretation: str | None, value: Decimal | None, low: Decimal | None, high: Decimal | None
) -> Flag:
    """The laboratory's own word first; else the value against its printed range; else unknown."""
    said = _FLAGS.get((interpretation or "").upper())
    if said is not None:
        return said
    if value is None or (low is None and high is None):
        return "unknown"
    if low is not None and value < low:
        return "low"
    if high is not None and value > high:
        return "high"
    return "normal"


def shown(value: Decimal) -> str:
    """The number as a person reads it: 173.45484138767452 becomes 173.5; 13.10 stays."""
    exponent = value.as_tuple().exponent
    size = value.copy_abs()
    if not isinstance(exponent, int) or size >= Decimal("1e15") or value.adjusted() < -30:
        return str(value)
    places = 1 if size >= 100 else 2 if size >= 1 else min(2 - value.adjusted(), 32)
    if value and -exponent > places:
        value = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return format(value, "f")


def released_when_taken(
    *, release: Release, status: str, reported_at: datetime, received_at: datetime
) -> datetime | None:
    """When a result that comes in counts as released; None while it must wait.

    A source that releases by itself has done so when it reported; what is not final waits.
    """
    if release == "held" or status not in FINAL:
        return None
    return min(reported_at, received_at)


def check_releasable(*, status: str, released_at: datetime | None) -> None:
    """Raises AlreadyReleased or NotYetFinal."""
    if released_at is not None:
        raise AlreadyReleased
    if status not in FINAL:
        raise NotYetFinal
