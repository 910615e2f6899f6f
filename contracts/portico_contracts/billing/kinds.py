"""The words that billing uses for how payments and statements stand, and its largest amount."""

from __future__ import annotations

from typing import Literal

MOST_CENTS = 100_000_000
PaymentState = Literal["created", "pending", "succeeded", "failed", "canceled"]
StatementState = Literal["open", "paid"]
Trouble = Literal["processor_away", "refused", "mismatch", "unexpected", "overpaid"]
