"""The steps: why, with whom, when, check; and what is posted between them."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from gateway.web import Visitor
from portico_contracts.refusal import BadRequest
from portico_contracts.scheduling import (
    BookAppointment,
    BookingChoices,
    HoldSlot,
    OutsideHours,
    ReasonNeeded,
    SlotTaken,
)

from .plan import SEARCHED, plan_of, search, slot_of, today_at
from .shown import WORDS, last_look, times


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
    plan = await plan_of(visitor, visitor.query)
    free = await visitor.ask(search(plan, today_at(plan), days=SEARCHED))
    booking = {
        "type": plan.type,
        "providers": plan.providers,
        "soonest": free["soonest"],
        "provider": visitor.query.get("provider", ""),
    }
    return visitor.render("patient/book_with.html", booking=booking)


async def when(visitor: Visitor) -> Response:
    """Step 3: day and time."""
    plan = await plan_of(visitor, visitor.query)
    return await times(visitor, plan)


async def hold(visitor: Visitor) -> Response:
    """Keep the chosen time for ten minutes; if it is gone, say so and offer the nearest."""
    plan = await plan_of(visitor, visitor.form)
    provider_id, starts_at = slot_of(visitor.form.get("slot", ""))
    asked = HoldSlot(
        visit_type_id=UUID(plan.type["visit_type_id"]), provider_id=provider_id, starts_at=starts_at
    )
    try:
        await visitor.ask(asked)
    except (SlotTaken, OutsideHours) as refusal:
        return await times(visitor, plan, taken=(starts_at, refusal))
    except tuple(WORDS) as refusal:
        return await times(visitor, plan, refusal=refusal)
    slot = f"{provider_id}~{starts_at.isoformat()}"
    return visitor.go(
        f"{visitor.base}/visits/book/check?type={plan.type['visit_type_id']}&slot={_quoted(slot)}"
    )


async def check(visitor: Visitor) -> Response:
    """Step 4: look once more."""
    plan = await plan_of(visitor, visitor.query)
    provider_id, starts_at = slot_of(visitor.query.get("slot", ""))
    return await last_look(visitor, plan, str(provider_id), starts_at)


async def book(visitor: Visitor) -> Response:
    """Book it. Who lost a race is told, and offered the next times."""
    plan = await plan_of(visitor, visitor.form)
    provider_id, starts_at = slot_of(
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
        return await times(visitor, plan, taken=(starts_at, refusal))
    except ReasonNeeded as refusal:
        visitor.wrong("note", WORDS[type(refusal)])
        return await last_look(visitor, plan, str(provider_id), starts_at, status=422)
    except tuple(WORDS) as refusal:
        return await times(visitor, plan, refusal=refusal)
    return visitor.go(f"{visitor.base}/visits/{made['appointment_id']}", done="booked")


def _quoted(slot: str) -> str:
    return slot.replace("+", "%2B")
