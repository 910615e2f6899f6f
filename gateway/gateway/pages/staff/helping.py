"""Helping somebody back in: how they sign in, and a code for them on a sheet, shown this once.

Patients are helped by the desk, the nurses and the administrator; colleagues by the administrator.
"""

from __future__ import annotations

from typing import Any, get_args

from markupsafe import Markup
from starlette.responses import Response

from gateway.i18n import N_, choose
from gateway.qr import qr_code
from gateway.recovery_words import PROOFS
from gateway.routing import staff
from gateway.templating import render
from gateway.web import Visitor
from portico_contracts import identity
from portico_contracts.records import ShowPatient

from .shell import ADMINISTRATOR, needed, with_menu

HELPING = ("front_desk", "nurse", "practice_administrator")
assert set(PROOFS) == set(get_args(identity.Proof))


# --- a patient --------------------------------------------------------------------------------


async def ask(visitor: Visitor) -> Response:
    """How the patient signs in, and the form."""
    return await _patients_page(visitor)


async def issue(visitor: Visitor) -> Response:
    """Make a code, and show it on a sheet."""
    if not _proof(visitor):
        return await _patients_page(visitor, status=422)
    asked = identity.IssueRecoveryCode(patient_id=visitor.path["patient_id"], proof=_proof(visitor))
    try:
        issued = await visitor.ask(asked)
    except identity.NoAccount:
        return await _patients_page(visitor, status=409)
    return await _patients_page(visitor, issued=issued)


async def revoke(visitor: Visitor) -> Response:
    """End the open code."""
    await visitor.ask(identity.RevokeRecoveryCode(patient_id=visitor.path["patient_id"]))
    return visitor.go(_patients_root(visitor), done="code-revoked")


async def _patients_page(
    visitor: Visitor, *, issued: dict[str, Any] | None = None, status: int = 200
) -> Response:
    patient_id = visitor.path["patient_id"]
    patient, shown = await with_menu(
        visitor, ShowPatient(patient_id=patient_id), identity.ShowSignInHelp(patient_id=patient_id)
    )
    patient = needed(patient)
    return _page(
        visitor,
        name=patient["name"],
        root=_patients_root(visitor),
        back=f"/staff/patients/{patient_id}",
        patient=patient,
        shown=needed(shown),
        sheet=_sheet(visitor, issued, language=patient["language"], born=True),
        status=status,
    )


def _patients_root(visitor: Visitor) -> str:
    return f"/staff/patients/{visitor.path['patient_id']}/sign-in"


# --- a colleague ------------------------------------------------------------------------------


async def ask_of_colleague(visitor: Visitor) -> Response:
    """How a colleague signs in, and the form."""
    return await _colleagues_page(visitor)


async def issue_for_colleague(visitor: Visitor) -> Response:
    """Make a code, and show it on a sheet."""
    if not _proof(visitor):
        return await _colleagues_page(visitor, status=422)
    issued = await visitor.ask(
        identity.IssueStaffRecoveryCode(staff_id=visitor.path["staff_id"], proof=_proof(visitor))
    )
    return await _colleagues_page(visitor, issued=issued)


async def revoke_for_colleague(visitor: Visitor) -> Response:
    """End the open code."""
    await visitor.ask(identity.RevokeStaffRecoveryCode(staff_id=visitor.path["staff_id"]))
    return visitor.go(_colleagues_root(visitor), done="code-revoked")


async def _colleagues_page(
    visitor: Visitor, *, issued: dict[str, Any] | None = None, status: int = 200
) -> Response:
    asked = identity.ShowStaffSignInHelp(staff_id=visitor.path["staff_id"])
    [shown] = await with_menu(visitor, asked)
    return _page(
        visitor,
        name=needed(shown)["name"],
        root=_colleagues_root(visitor),
        back=f"/staff/people/{visitor.path['staff_id']}",
        patient=None,
        shown=shown,
        sheet=_sheet(visitor, issued, language=visitor.lang, born=False),
        status=status,
    )


def _colleagues_root(visitor: Visitor) -> str:
    return f"/staff/people/{visitor.path['staff_id']}/sign-in"


# --- both -------------------------------------------------------------------------------------


def _proof(visitor: Visitor) -> Any:
    """How they proved who they are; says so beside the field where nothing was chosen."""
    chosen = visitor.form.get("proof", "")
    if chosen in PROOFS:
        return chosen
    visitor.wrong("proof", N_("Choose how they showed who they are"))
    return None


def _sheet(
    visitor: Visitor, issued: dict[str, Any] | None, *, language: str | None, born: bool
) -> Markup | None:
    """The sheet to hand over, in the language of whoever gets it."""
    if issued is None:
        return None
    link = f"{visitor.house.config.public_url}/recover"
    page = {**visitor.page(), "lang": choose([language])}
    return Markup(
        render(
            "staff/_recovery_sheet.html",
            page=page,
            issued=issued,
            link=link,
            qr=qr_code(link),
            born=born,
        )
    )


def _page(visitor: Visitor, *, status: int, **shown: Any) -> Response:
    return visitor.render("staff/sign_in_help.html", status_code=status, proofs=PROOFS, **shown)


PATIENTS, COLLEAGUES = "/patients/{patient_id:uuid}/sign-in", "/people/{staff_id:uuid}/sign-in"
ROUTES = [
    staff(PATIENTS, ask, issue, roles=HELPING, here="patients"),
    staff(PATIENTS + "/revoke", post=revoke, roles=HELPING, here="patients"),
    staff(COLLEAGUES, ask_of_colleague, issue_for_colleague, roles=ADMINISTRATOR, here="people"),
    staff(COLLEAGUES + "/revoke", post=revoke_for_colleague, roles=ADMINISTRATOR, here="people"),
]
