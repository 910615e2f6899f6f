"""The words that scheduling uses for visits: how, in which state, by whom, reminded when."""

from __future__ import annotations

from typing import Literal

Mode = Literal["in_person", "video", "phone"]
State = Literal["held", "booked", "cancelled"]
Who = Literal["patient", "staff"]
ReminderKind = Literal["seven_days", "two_days", "two_hours"]
LONGEST_REASON = 1000
