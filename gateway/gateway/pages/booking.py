"""Booking a visit: why, with whom, when, check; a page each, and the address holds the answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.i18n import N_, translate
from gateway.routing import patient
from gateway.web import Visitor
from portico_contracts.identity import ShowAccount
from portico_contracts.refusal import BadRequest, NotFound, Refusal
from portico_contracts.scheduling import (
    BookAppointment,
    BookingChoices,
    FreeTimes,
    HoldSlot,
    NotBookableOnline,
    NotOffered,
    OutsideHours,
    ReasonNeeded,
    SlotTaken,
    TooFarAhead,
    TooManyVisits,
    TooSoon,
    VisitsOverlap,
)

WEEK = 7
SEARCHED = 31
ANYONE = "any"
WORDS: dict[type[Refusal], str] = {
    TooSoon: N_("This time is too soon to book online. Please pick a later time, or call us."),
    TooFarAhead: N_("We cannot book that far ahead yet. Please pick an earlier day."),
    TooManyVisits: N_("You have many visits planned already. Please call us to book one more."),
    VisitsOverlap: N_("You have another visit at this time. Please pick another time."),
    NotBookableOnline: N_("Please call us to book this kind of visit."),
    NotOffered: N_("This person does not see patients for this. Please pick someone else."),
    ReasonNeeded: N_("Tell us why you want to be seen."),
}


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


async def start(visitor: Visitor) -> Response:
    """The short address of booking."""
    return visitor.go(f"{visitor.base}/visits/book/reason")


async def reason(visitor: Visitor) -> Response:
    """Step 1: why."""
    [choices] = await visitor.ask_all(BookingChoices())
    booking = {"choices": choices, "type": visitor.query.get("type", "")}
    return visitor.render("patient/book_reason.html", booking=booking)


async def with_whom(visitor: Visitor) -> Response:
    """Step 2: with whom, with everybody's soonest time."""
    plan = await _plan(visitor, visitor.query)
    free = await visitor.ask(_search(plan, _today(plan), days=SEARCHED))
    booking = {
        "type": plan.type,
        "providers": plan.providers,
        "soonest": free["soonest"],
        "provider": visitor.query.get("provider", ""),
    }
    return visitor.render("patient/book_with.html", booking=booking)


async def when(visitor: Visitor) -> Response:
    """Step 3: day and time."""
    plan = await _plan(visitor, visitor.query)
    return await _times(visitor, plan)


async def hold(visitor: Visitor) -> Response:
    """Keep the chosen time for ten minutes; if it is gone, say so and offer the nearest."""
    plan = await _plan(visitor, visitor.form)
    provider_id, starts_at = _slot(visitor.form.get("slot", ""))
    asked = HoldSlot(
        visit_type_id=UUID(plan.type["visit_type_id"]), provider_id=provider_id, starts_at=starts_at
    )
    try:
        await visitor.ask(asked)
    except (SlotTaken, OutsideHours) as refusal:
        return await _times(visitor, plan, taken=(starts_at, refusal))
    except tuple(WORDS) as refusal:
        return await _times(visitor, plan, refusal=refusal)
    slot = f"{provider_id}~{starts_at.isoformat()}"
    return visitor.go(
        f"{visitor.base}/visits/book/check?type={plan.type['visit_type_id']}&slot={_quoted(slot)}"
    )


async def check(visitor: Visitor) -> Response:
    """Step 4: look once more."""
    plan = await _plan(visitor, visitor.query)
    provider_id, starts_at = _slot(visitor.query.get("slot", ""))
    return await _check(visitor, plan, str(provider_id), starts_at)


async def book(visitor: Visitor) -> Response:
    """Book it. Who lost a race is told, and offered the next times."""
    plan = await _plan(visitor, visitor.form)
    provider_id, starts_at = _slot(
        f"{visitor.form.get('provider', '')}~{visitor.form.get('starts_at', '')}"
    )
    mode = visitor.form.get("mode", "in_person")
    if mode not in plan.type["modes"]:
        raise BadRequest(fields={"mode": ["Not offered."]})
    asked = BookAppointment(
        visit_type_id=UUID(plan.type["visit_type_id"]),
        provider_id=provider_id,
        starts_at=starts_at,
        mode=mode,
        reason=visitor.form.get("note", "").strip()[:1000],
    )
    try:
        made = await visitor.ask(asked)
    except (SlotTaken, OutsideHours) as refusal:
        return await _times(visitor, plan, taken=(starts_at, refusal))
    except ReasonNeeded as refusal:
        _say(visitor, "note", refusal)
        return await _check(visitor, plan, str(provider_id), starts_at, status=422)
    except tuple(WORDS) as refusal:
        return await _times(visitor, plan, refusal=refusal)
    return visitor.go(f"{visitor.base}/visits/{made['appointment_id']}", done="booked")


async def _plan(visitor: Visitor, given: Any) -> Plan:
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


async def _times(
    visitor: Visitor,
    plan: Plan,
    *,
    taken: tuple[datetime, Refusal] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    today = _today(plan)
    first = max(_day(visitor.query.get("from")) or today, today)
    free = await visitor.ask(_search(plan, first, days=WEEK))
    if not visitor.query.get("from") and not any(d["times"] for d in free["days"]):
        first, free = await _first_week_with_times(visitor, plan, first, free)
    if refusal is not None:
        _say(visitor, "slot", refusal)
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
    found = await visitor.ask(_search(plan, first, days=SEARCHED))
    days = [d["day"] for d in found["days"] if d["times"]]
    if not days:
        return first, free
    start = date.fromisoformat(days[0])
    return start, await visitor.ask(_search(plan, start, days=WEEK))


async def _sooner(
    visitor: Visitor, plan: Plan, today: date, free: dict[str, Any]
) -> dict[str, Any] | None:
    if plan.provider is None:
        return None
    anyone = Plan(plan.choices, plan.type, None)
    [found] = await visitor.ask_all(_search(anyone, today, days=SEARCHED))
    mine = plan.provider["provider_id"]
    own = [t["starts_at"] for d in free["days"] for t in d["times"]]
    first_own = min(own) if own else "9999"
    others = [t for t in (found or {"soonest": []})["soonest"] if t["provider_id"] != mine]
    return next((t for t in others if t["starts_at"] < first_own), None)


async def _check(
    visitor: Visitor, plan: Plan, provider_id: str, starts_at: datetime, *, status: int = 200
) -> Response:
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


def _search(plan: Plan, first: date, *, days: int) -> FreeTimes:
    return FreeTimes(
        visit_type_id=UUID(plan.type["visit_type_id"]),
        from_day=first,
        days=days,
        provider_id=UUID(plan.provider["provider_id"]) if plan.provider else None,
    )


def _today(plan: Plan) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(plan.location["zone"])).date()


def _after(plan: Plan, first: date, today: date) -> str | None:
    following = first + timedelta(days=WEEK)
    last = today + timedelta(days=plan.type["horizon_days"])
    return following.isoformat() if following <= last else None


def _shown_day(wanted: str | None, free: dict[str, Any]) -> str | None:
    with_times = [d["day"] for d in free["days"] if d["times"]]
    return wanted if wanted in with_times else next(iter(with_times), None)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _slot(text: str) -> tuple[UUID, datetime]:
    provider_id, _, starts_at = text.partition("~")
    try:
        moment = datetime.fromisoformat(starts_at)
        found = UUID(provider_id), moment.astimezone(UTC)
    except ValueError:
        raise BadRequest(fields={"slot": ["Not a time."]}) from None
    if moment.tzinfo is None:
        raise BadRequest(fields={"slot": ["Not a time."]})
    return found


def _quoted(slot: str) -> str:
    return slot.replace("+", "%2B")


def _say(visitor: Visitor, field: str, refusal: Refusal) -> None:
    words = translate(visitor.lang, WORDS[type(refusal)])
    visitor.errors.append({"field": field, "text": words})


def _mail_hint(address: str | None) -> str | None:
    name, _, host = (address or "").partition("@")
    return f"{name[:1]}•••@{host}" if host else None


def _mobile_hint(number: str | None) -> str | None:
    return f"••• {number[-4:]}" if number else None


ROUTES = [
    patient("/visits/book", start, here="visits"),
    patient("/visits/book/reason", reason, here="visits"),
    patient("/visits/book/with", with_whom, here="visits"),
    patient("/visits/book/time", when, hold, here="visits"),
    patient("/visits/book/check", check, book, here="visits"),
]
