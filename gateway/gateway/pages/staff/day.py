"""My day: what is late, what is mine, who comes; and the day list of any day."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.given import day_of, id_of
from gateway.routing import safe_next, staff
from gateway.web import Visitor
from portico_contracts.messaging import ListQueue
from portico_contracts.records import ListResultsToRelease
from portico_contracts.scheduling import BookingChoices, DayList
from portico_kit.clock import now

from .shell import cards_of, permitted, with_menu

MOST_COUNTED = 50


async def show(visitor: Visitor) -> Response:
    """The first page of the staff."""
    asked = {"day": DayList(day=_today(visitor))}
    if visitor.session and "clinician" in visitor.session.roles:
        asked["waiting"] = ListResultsToRelease(limit=MOST_COUNTED)
    found = await permitted(visitor, asked)
    [mine] = await with_menu(visitor, ListQueue(show="mine", limit=10))
    if found.get("waiting"):
        visitor.work["to_release"] = len(found["waiting"]["items"])
    cards = await cards_of(visitor, mine and mine["items"])
    return visitor.render(
        "staff/my_day.html", mine=mine, cards=cards, day=found.get("day"), has_day="day" in found
    )


async def show_visits(visitor: Visitor) -> Response:
    """Everyone who comes on a day, by time; ``provider`` narrows it to one."""
    day, provider = _day(visitor), id_of(visitor.query.get("provider"))
    found, choices = await with_menu(
        visitor, DayList(day=day, provider_id=provider), BookingChoices()
    )
    return visitor.render(
        "staff/day.html",
        day=found,
        on=day.isoformat(),
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat(),
        today=_today(visitor).isoformat(),
        providers=choices["providers"] if choices else [],
        provider=str(provider or ""),
    )


async def go_to(visitor: Visitor) -> Response:
    """The phone's menu, for a browser that runs no script."""
    wanted = safe_next(visitor.query.get("to"), otherwise="/staff")
    return visitor.go(wanted if wanted.startswith("/staff") else "/staff")


def _today(visitor: Visitor) -> date:
    zone = ZoneInfo(visitor.house.config.practice_zone)
    return now().astimezone(zone).date()


def _day(visitor: Visitor) -> date:
    return day_of(visitor.query.get("day")) or _today(visitor)


ROUTES = [
    staff("", show, here="day"),
    staff("/day", show_visits, here="visits_today"),
    staff("/go", go_to),
]
