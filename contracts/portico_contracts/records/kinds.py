"""The words that records uses for languages and for how a value stands to its range."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "es"]
Flag = Literal[
    "normal", "low", "high", "very_low", "very_high",
    "abnormal", "positive", "negative", "unknown",
]  # fmt: skip
