"""Patients: find one, and what staff see of them."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from gateway.routing import staff
from gateway.web import Visitor
from portico_contracts.identity import ShowEnrolment
from portico_contracts.messaging import ListConversations
from portico_contracts.records import ListLabResults, SearchPatients, ShowPatient
from portico_contracts.scheduling import ListVisits

from .helping import HELPING
from .shell import needed, permitted, with_menu

LONGEST_SEARCH = 120


async def search(visitor: Visitor) -> Response:
    """By the beginning of names, a birth date, or an id."""
    q = visitor.query.get("q", "").strip()[:LONGEST_SEARCH]
    visitor.work["q"] = q
    asked = [SearchPatients(q=q, cursor=visitor.query.get("cursor"))] if q else []
    found = await with_menu(visitor, *asked)
    return visitor.render("staff/patients.html", q=q, found=needed(found[0]) if found else None)


async def show(visitor: Visitor) -> Response:
    """One patient: who they are, how far they are with the portal, and what is going on."""
    patient_id: UUID = visitor.path["patient_id"]
    [patient] = await with_menu(visitor, ShowPatient(patient_id=patient_id))
    parts = await permitted(
        visitor,
        {
            "enrolment": ShowEnrolment(patient_id=patient_id),
            "visits": ListVisits(patient_id=patient_id, limit=10),
            "conversations": ListConversations(patient_id=patient_id, limit=10),
            "results": ListLabResults(patient_id=patient_id, language=visitor.lang, limit=10),
        },
    )
    names = ("enrolment", "visits", "conversations", "results")
    return visitor.render(
        "staff/patient.html",
        patient=needed(patient),
        hidden=[name for name in names if name not in parts],
        may_help=visitor.session is not None and not set(HELPING).isdisjoint(visitor.session.roles),
        may_invite="enrolment" in parts and not patient["deceased"],
        **{name: parts.get(name) for name in names},
    )


ROUTES = [
    staff("/patients", search, here="patients"),
    staff("/patients/{patient_id:uuid}", show, here="patients"),
]
