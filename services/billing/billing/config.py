"""Settings of billing: the card processor, and where the practice is."""

from __future__ import annotations

from dataclasses import dataclass

from portico_kit.settings import Settings


@dataclass(frozen=True, kw_only=True)
class BillingSettings(Settings):
    """``card_url`` is the base of Stripe's API (without ``/v1``). The deadline is in seconds."""

    card_url: str
    card_secret: str
    card_webhook_secret: str
    card_deadline: float = 8.0
    practice_zone: str = "America/New_York"
