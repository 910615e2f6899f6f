"""The pages that steps share: the times of a week, and the last look before booking."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from gateway.given import day_of
from gateway.i18n import N_
from gateway.web import Visitor
from portico_contracts.identity import ShowAccount
from portico_contracts.refusal import Refusal
from portico_contracts.scheduling import (
    NotBookableOnline,
    NotOffered,
    ReasonNeeded,
    TooFarAhead,
    TooManyVisits,
    TooSoon,
    VisitsOverlap,
)

from .plan import SEARCHED, Plan, search, today_at

WEEK = 7
WORDS: dict[type[Refusal], str] = {
    TooSoon: N_("This time is too soon to book online. Please pick a later time, or call us."),
    TooFarAhead: N_("We cannot book that far ahead yet. Please pick an earlier day."),
    TooManyVisits: N_("You have many visits planned already. Please call us to book one more."),
    VisitsOverlap: N_("You have another visit at this time. Please pick another time."),
    NotBookableOnline: N_("Please call us to book this kind of visit."),
    NotOffered: N_("This person does not see patients for this. Please pick someone else."),
    ReasonNeeded: N_("Tell us why you want to be seen."),
}


async def times(
    visitor: Visitor,
    plan: Plan,
    *,
    taken: tuple[datetime, Refusal] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    """A week's times; ``taken`` (a start and its refusal) offers the nearest times in its place."""
    today = today_at(plan)
    first = max(day_of(visitor.query.get("from")) or today, today)
    free = await visitor.ask(search(plan, first, days=WEEK))
    if not visitor.query.get("from") and not any(d["times"] for d in free["days"]):
        first, free = await _first_week_with_times(visitor, plan, first, free)
    if refusal is not None:
        visitor.wrong("slot", WORDS[type(refusal)])
    day = _shown_day(visitor.query.get("day"), free)
    booking = {
        "type": plan.type,
        "provider": plan.provider,
        "providers": plan.providers,
        "location": plan.location,
        "free": free,
        "day": day,
        "chosen": visitor.form.get("slot", ""),
        "before": (first - timedelta(days=WEEK)).isoformat() if first > today else None,
        "after": _after(plan, first, today),
        "taken": taken[0].isoformat() if taken else None,
        "nearest": taken[1].facts.get("next", []) if taken else [],
        "sooner": await _sooner(visitor, plan, today, free),
    }
    status = 409 if taken else 422 if refusal else 200
    return visitor.render("patient/book_time.html", status_code=status, booking=booking)


async def _first_week_with_times(
    visitor: Visitor, plan: Plan, first: date, free: dict[str, Any]
) -> tuple[date, dict[str, Any]]:
    found = await visitor.ask(search(plan, first, days=SEARCHED))
    days = [d["day"] for d in found["days"] if d["times"]]
    if not days:
        return first, free
    start = date.fromisoformat(days[0])
    return start, await visitor.ask(search(plan, start, days=WEEK))


async def _sooner(
    visitor: Visitor, plan: Plan, today: date, free: dict[str, Any]
) -> dict[str, Any] | None:
    if plan.provider is None:
        return None
    anyone = Plan(plan.choices, plan.type, None)
    [found] = await visitor.ask_all(search(anyone, today, days=SEARCHED))
    mine = plan.provider["provider_id"]
    own = [t["starts_at"] for d in free["days"] for t in d["times"]]
    first_own = min(own) if own else "9999"
    others = [t for t in (found or {"soonest": []})["soonest"] if t["provider_id"] != mine]
    return next((t for t in others if t["starts_at"] < first_own), None)


async def last_look(
    visitor: Visitor, plan: Plan, provider_id: str, starts_at: datetime, *, status: int = 200
) -> Response:
    """The visit as it would be booked, and where we would write to."""
    provider = plan.provider_named(provider_id)
    ends_at = starts_at + timedelta(minutes=plan.type["minutes"])
    [account] = await visitor.ask_all(ShowAccount())
    booking = {
        "type": plan.type,
        "provider": provider,
        "location": Plan(plan.choices, plan.type, provider).location,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "mode": visitor.form.get("mode") or plan.type["modes"][0],
        "note": visitor.form.get("note", ""),
        "email": _mail_hint(account["email"]) if account else None,
        "mobile": _mobile_hint(account["mobile"]) if account else None,
    }
    return visitor.render("patient/book_check.html", status_code=status, booking=booking)


def _after(plan: Plan, first: date, today: date) -> str | None:
    following = first + timedelta(days=WEEK)
    last = today + timedelta(days=plan.type["horizon_days"])
    return following.isoformat() if following <= last else None


def _shown_day(wanted: str | None, free: dict[str, Any]) -> str | None:
    with_times = [d["day"] for d in free["days"] if d["times"]]
    return wanted if wanted in with_times else next(iter(with_times), None)


def _mail_hint(address: str | None) -> str | None:
    name, _, host = (address or "").partition("@")
    return f"{name[:1]}•••@{host}" if host else None


def _mobile_hint(number: str | None) -> str | None:
    return f"••• {number[-4:]}" if number else None
