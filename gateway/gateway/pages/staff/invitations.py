"""Inviting a patient to the portal: the code is shown once, and sent where it can be sent."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.i18n import LANGUAGES, N_, choose
from gateway.qr import qr_code
from gateway.routing import staff
from gateway.web import Visitor
from portico_contracts.identity import AlreadyEnrolled, IssueInvitation, NowhereToSend
from portico_contracts.records import ShowPatient

from .shell import needed, with_menu

NO_ADDRESS = {
    "email": N_("Enter an email address like name@example.com"),
    "mobile": N_("Enter a mobile number with 10 digits"),
}
INVITING = ("front_desk", "nurse", "practice_administrator")


async def ask(visitor: Visitor) -> Response:
    """Where to send it: what the record holds, to be put right."""
    patient = await _patient(visitor)
    language = choose([patient["language"]])
    mobile = patient["mobile"] or patient["phone"] or ""
    form = {"email": patient["email"] or "", "mobile": mobile, "language": language}
    return _page(visitor, patient, form)


async def send(visitor: Visitor) -> Response:
    """Make the invitation and show its code."""
    patient = await _patient(visitor)
    form = {name: visitor.form.get(name, "").strip() for name in ("email", "mobile", "language")}
    if form["language"] not in LANGUAGES:
        form["language"] = "en"
    if not patient["birth_date"]:
        told = N_("The record has no birth date. Without it the patient cannot prove who they are.")
        visitor.conflict = visitor.told(told)
        return _page(visitor, patient, form, status=422)
    try:
        issued = await visitor.ask(_invitation(visitor, patient, form))
    except AlreadyEnrolled:
        visitor.conflict = visitor.told("This patient has an account already.")
        return _page(visitor, patient, form, status=409)
    except NowhereToSend as refusal:
        _say_where(visitor, refusal)
        return _page(visitor, patient, form, status=422)
    return _page(visitor, patient, form, issued=issued)


def _invitation(visitor: Visitor, patient: dict[str, Any], form: dict[str, Any]) -> IssueInvitation:
    return IssueInvitation(
        patient_id=visitor.path["patient_id"],
        first_name=(patient["given"] or patient["name"])[:100],
        last_name=(patient["family"] or patient["name"])[:100],
        birth_date=date.fromisoformat(patient["birth_date"]),
        email=form["email"][:254] or None,
        mobile=form["mobile"][:32] or None,
        language=form["language"],
    )


def _say_where(visitor: Visitor, refusal: NowhereToSend) -> None:
    field = refusal.facts.get("field", "email")
    visitor.wrong(field, NO_ADDRESS.get(field, NO_ADDRESS["email"]))


async def _patient(visitor: Visitor) -> dict[str, Any]:
    [found] = await with_menu(visitor, ShowPatient(patient_id=visitor.path["patient_id"]))
    patient: dict[str, Any] = needed(found)
    return patient


def _page(
    visitor: Visitor,
    patient: dict[str, Any],
    form: dict[str, Any],
    *,
    issued: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    link = f"{visitor.house.config.public_url}/set-up"
    return visitor.render(
        "staff/invite.html",
        status_code=status,
        patient=patient,
        form=form,
        issued=issued,
        link=link,
        # As the mail's link: the code comes along, the birth date stays to be given.
        qr=qr_code(f"{link}?{urlencode({'code': issued['code']})}") if issued else "",
    )


ROUTES = [
    staff("/patients/{patient_id:uuid}/invite", ask, send, roles=INVITING, here="patients"),
]
