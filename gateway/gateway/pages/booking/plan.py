"""What has been chosen so far: read out of the address or the form, and asked for as times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.given import moment_of, needed_id
from gateway.web import Visitor
from portico_contracts.refusal import NotFound
from portico_contracts.scheduling import BookingChoices, FreeTimes
from portico_kit.clock import now

ANYONE = "any"
SEARCHED = 31  # days; the most that scheduling looks through at once


@dataclass(frozen=True, slots=True)
class Plan:
    """What has been chosen so far, out of the address or the form."""

    choices: dict[str, Any]
    type: dict[str, Any]
    provider: dict[str, Any] | None

    @property
    def providers(self) -> list[dict[str, Any]]:
        """Those who see patients for this kind of visit."""
        wanted = self.type["visit_type_id"]
        return [p for p in self.choices["providers"] if wanted in p["visit_type_ids"]]

    @property
    def location(self) -> dict[str, Any]:
        """Where the visit would be; the practice's first place while nobody is chosen."""
        chosen = self.provider or (self.providers[0] if self.providers else None)
        places = self.choices["locations"]
        if chosen:
            places = [p for p in places if p["location_id"] == chosen["location_id"]] or places
        if not places:
            raise NotFound
        found: dict[str, Any] = places[0]
        return found

    def provider_named(self, provider_id: str) -> dict[str, Any]:
        """One of those who offer it. Raises NotFound."""
        for provider in self.providers:
            if provider["provider_id"] == provider_id:
                return provider
        raise NotFound


async def plan_of(visitor: Visitor, given: Any) -> Plan:
    """What was chosen, out of an address or a form. Raises NotFound for what is not on offer."""
    choices = await visitor.ask(BookingChoices())
    wanted = given.get("type", "")
    kind = next((t for t in choices["visit_types"] if t["visit_type_id"] == wanted), None)
    if kind is None:
        raise NotFound
    plan = Plan(choices, kind, None)
    provider_id = given.get("provider") or ANYONE
    if provider_id == ANYONE:
        return plan
    return Plan(choices, kind, plan.provider_named(provider_id))


def search(plan: Plan, first: date, *, days: int) -> FreeTimes:
    """The question for free times on ``days`` days from ``first``."""
    return FreeTimes(
        visit_type_id=UUID(plan.type["visit_type_id"]),
        from_day=first,
        days=days,
        provider_id=UUID(plan.provider["provider_id"]) if plan.provider else None,
    )


def today_at(plan: Plan) -> date:
    """Today's date where the visit would be."""
    return now().astimezone(ZoneInfo(plan.location["zone"])).date()


def slot_of(text: str) -> tuple[UUID, datetime]:
    """Provider and start (UTC) out of ``<provider_id>~<time with zone>``. Raises BadRequest."""
    provider_id, _, starts_at = text.partition("~")
    return needed_id(provider_id), moment_of(starts_at).astimezone(UTC)
