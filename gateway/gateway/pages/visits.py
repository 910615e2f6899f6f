"""Visits: coming and past, one visit, its calendar file, and calling it off."""

from __future__ import annotations

from starlette.responses import Response

from gateway.routing import patient
from gateway.web import Visitor
from portico_contracts.scheduling import (
    AlreadyCancelled,
    CancelAppointment,
    ListVisits,
    ShowVisit,
    ShowVisitCalendar,
    TooLateToCancel,
)


async def coming(visitor: Visitor) -> Response:
    """Visits to come, soonest first."""
    return await _list(visitor, "coming")


async def past(visitor: Visitor) -> Response:
    """Visits that were, latest first."""
    return await _list(visitor, "past")


async def _list(visitor: Visitor, when: str) -> Response:
    asked = ListVisits(when=when, cursor=visitor.query.get("cursor"))  # type: ignore[arg-type]
    [found] = await visitor.ask_all(asked)
    return visitor.render("patient/visits.html", visits=found, when=when)


async def show(visitor: Visitor) -> Response:
    """One visit."""
    found = await visitor.ask(ShowVisit(appointment_id=visitor.path["appointment_id"]))
    return visitor.render("patient/visit.html", visit=found)


async def calendar(visitor: Visitor) -> Response:
    """The visit as a file for the patient's own calendar."""
    found = await visitor.ask(
        ShowVisitCalendar(
            appointment_id=visitor.path["appointment_id"],
            language="es" if visitor.lang == "es" else "en",
        )
    )
    return Response(
        found["text"],
        media_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found["filename"]}"'},
    )


async def ask_cancel(visitor: Visitor) -> Response:
    """One question, as easy as booking."""
    found = await visitor.ask(ShowVisit(appointment_id=visitor.path["appointment_id"]))
    return visitor.render("patient/visit_cancel.html", visit=found, reason="")


async def cancel(visitor: Visitor) -> Response:
    """Call it off; a visit that is too near, or gone already, shows its own page again."""
    appointment_id = visitor.path["appointment_id"]
    reason = visitor.form.get("reason", "").strip()[:1000]
    try:
        await visitor.ask(CancelAppointment(appointment_id=appointment_id, reason=reason))
    except (AlreadyCancelled, TooLateToCancel):
        return visitor.go(f"{visitor.base}/visits/{appointment_id}")
    return visitor.go(f"{visitor.base}/visits", done="cancelled")


ROUTES = [
    patient("/visits", coming, here="visits"),
    patient("/visits/past", past, here="visits"),
    patient("/visits/{appointment_id:uuid}.ics", calendar, here="visits"),
    patient("/visits/{appointment_id:uuid}", show, here="visits"),
    patient("/visits/{appointment_id:uuid}/cancel", ask_cancel, cancel, here="visits"),
]
