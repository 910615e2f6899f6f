"""What failed: work that a service gave up, for the practice administrator to see to."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from starlette.responses import Response

from gateway.i18n import N_
from gateway.routing import staff
from gateway.web import Visitor
from portico_contracts.failures import (
    LONGEST_REASON,
    SERVICES,
    AlreadyDropped,
    DropFailure,
    ListFailures,
    NotFailed,
    ReplayFailure,
    ShowFailure,
    asked_of,
)
from portico_contracts.identity import StaffCards
from portico_contracts.refusal import NotFound

from .shell import ADMINISTRATOR, needed, with_menu

FEW, MANY = 10, 30  # of each service where all are shown, and of one
HAPPENED = {
    "InvitationIssued": N_("A patient was invited"),
    "AccountActivated": N_("A patient set up an account"),
    "AccountLocked": N_("An account was locked"),
    "SessionsEnded": N_("Somebody was signed out"),
    "ContactDetailsChanged": N_("Somebody’s contact details changed"),
    "AppointmentBooked": N_("A visit was booked"),
    "AppointmentCancelled": N_("A visit was cancelled"),
    "VisitReminderDue": N_("It was time to remind of a visit"),
    "LabResultReleased": N_("A test result was released"),
    "ResultCommented": N_("A test result got a comment"),
    "MessageSent": N_("A message was sent"),
    "RequestSubmitted": N_("A patient asked for something"),
    "RequestCompleted": N_("A request was finished"),
    "RefillApproved": N_("A refill was approved"),
    "RefillDenied": N_("A refill was not approved"),
    "StatementIssued": N_("A bill was sent"),
    "PaymentSucceeded": N_("A payment came in"),
    "PaymentFailed": N_("A payment did not go through"),
}
UNREADABLE = N_("Something that could not be read")


async def show(visitor: Visitor) -> Response:
    """All services, a few of each; or one, a page at a time."""
    service = visitor.query.get("service", "")
    one = service in SERVICES
    handled = visitor.query.get("show") == "handled"
    asked = [
        asked_of(name, ListFailures)(
            handled=handled, limit=MANY if one else FEW, cursor=_cursor(visitor) if one else None
        )
        for name in ([service] if one else SERVICES)
    ]
    found = await with_menu(visitor, *asked)
    groups = [
        {"service": name, "list": reply and _titled(visitor, reply)}
        for name, reply in zip([service] if one else SERVICES, found, strict=True)
        if reply is None or reply["items"]
    ]
    return visitor.render(
        "staff/failures.html",
        groups=groups,
        services=SERVICES,
        service=service if one else "",
        handled=handled,
    )


async def show_one(visitor: Visitor) -> Response:
    """What is known of one: never what it carries."""
    return await _page(visitor)


async def replay(visitor: Visitor) -> Response:
    """Try it again."""
    asked = asked_of(_service(visitor), ReplayFailure)(failure_id=visitor.path["failure_id"])
    try:
        await visitor.ask(asked)
    except AlreadyDropped:
        visitor.conflict = visitor.told(N_("This was dropped already. It is not tried again."))
        return await _page(visitor, status=409)
    return visitor.go(_address(visitor), done="tried-again")


async def ask_to_drop(visitor: Visitor) -> Response:
    """What dropping means, and why it is to be."""
    return await _page(visitor, template="staff/failure_drop.html")


async def drop(visitor: Visitor) -> Response:
    """Give it up for good."""
    reason = visitor.form.get("reason", "").strip()
    if not reason:
        visitor.wrong("reason", N_("Write why it need not be done"))
    elif len(reason) > LONGEST_REASON:
        visitor.wrong("reason", N_("Please shorten this to 500 characters"))
    if visitor.errors:
        return await _page(visitor, template="staff/failure_drop.html", status=422)
    asked = asked_of(_service(visitor), DropFailure)
    try:
        await visitor.ask(asked(failure_id=visitor.path["failure_id"], reason=reason))
    except NotFailed:
        visitor.conflict = visitor.told(N_("Somebody saw to this already."))
        return await _page(visitor, status=409)
    return visitor.go("/staff/failed", done="dropped")


async def _page(
    visitor: Visitor, *, template: str = "staff/failure.html", status: int = 200
) -> Response:
    asked = asked_of(_service(visitor), ShowFailure)(failure_id=visitor.path["failure_id"])
    [found] = await with_menu(visitor, asked)
    shown = needed(found)
    failure = shown["failure"]
    return visitor.render(
        template,
        status_code=status,
        shown=shown,
        title=_title(visitor, failure),
        by=await _who_acted(visitor, failure),
        address=_address(visitor),
        reason=visitor.form.get("reason", ""),
    )


async def _who_acted(visitor: Visitor, failure: dict[str, Any]) -> str:
    if failure["acted_by"] is None:
        return visitor.told(N_("The operator, by the command line")) if failure["acted_at"] else ""
    [found] = await visitor.ask_all(StaffCards(ids=(UUID(failure["acted_by"]),)))
    cards = found["items"] if found else []
    name = f"{cards[0]['first_name']} {cards[0]['last_name']}" if cards else ""
    return name or visitor.told(N_("A colleague"))


def _titled(visitor: Visitor, found: dict[str, Any]) -> dict[str, Any]:
    return {
        **found,
        "items": [{**item, "title": _title(visitor, item)} for item in found["items"]],
    }


def _title(visitor: Visitor, failure: dict[str, Any]) -> str:
    name = failure["event_name"]
    if name is None:
        return visitor.told(UNREADABLE)
    # An event that is not listed here is called by its own name, opened up.
    opened = re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()
    return visitor.told(HAPPENED[name]) if name in HAPPENED else opened


def _service(visitor: Visitor) -> str:
    service = visitor.path["service"]
    if service not in SERVICES:
        raise NotFound
    return service


def _address(visitor: Visitor) -> str:
    return f"/staff/failed/{_service(visitor)}/{visitor.path['failure_id']}"


def _cursor(visitor: Visitor) -> int | None:
    given = visitor.query.get("cursor", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None


AT = "/failed/{service}/{failure_id:int}"
ROUTES = [
    staff("/failed", show, roles=ADMINISTRATOR, here="failed"),
    staff(AT, show_one, roles=ADMINISTRATOR, here="failed"),
    staff(AT + "/replay", post=replay, roles=ADMINISTRATOR, here="failed"),
    staff(AT + "/drop", ask_to_drop, drop, roles=ADMINISTRATOR, here="failed"),
]
