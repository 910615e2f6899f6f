"""Results that wait for a clinician: read one, release it with a comment, add a comment later."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import Response

from gateway.given import id_of
from gateway.i18n import N_
from gateway.routing import staff
from gateway.web import Visitor
from portico_contracts.records import (
    AlreadyReleased,
    CommentOnLabResult,
    ListResultsToRelease,
    NotYetFinal,
    NotYetReleased,
    ReleaseLabResult,
    ShowLabResult,
    ShowPatient,
)

from .shell import needed, with_menu

CLINICIAN = ("clinician",)
LONGEST_COMMENT = 4000


async def show_list(visitor: Visitor) -> Response:
    """The longest-waiting first."""
    [waiting] = await with_menu(visitor, ListResultsToRelease(cursor=visitor.query.get("cursor")))
    return visitor.render("staff/results.html", waiting=waiting)


async def show(visitor: Visitor) -> Response:
    """One result, with its history and its patient."""
    return await _page(visitor, patient_id=id_of(visitor.query.get("patient")))


async def release(visitor: Visitor) -> Response:
    """Let the patient see it."""
    comment, patient_id = _comment(visitor), id_of(visitor.form.get("patient_id"))
    if visitor.errors:
        return await _page(visitor, patient_id=patient_id, status=422)
    asked = ReleaseLabResult(
        result_id=visitor.path["result_id"],
        comment=comment or None,
        patient_id=patient_id,
    )
    try:
        await visitor.ask(asked)
    except AlreadyReleased:
        told = N_("A colleague released this already. You can still add your comment.")
        return await _changed(visitor, told, patient_id)
    except NotYetFinal:
        told = N_("The lab has not finished this result. It can be released when it is final.")
        return await _changed(visitor, told, patient_id)
    return visitor.go("/staff/results", done="released")


async def comment(visitor: Visitor) -> Response:
    """Add a comment to what the patient can see already."""
    words, patient_id = _comment(visitor), id_of(visitor.form.get("patient_id"))
    if not words:
        visitor.wrong("comment", "Write the comment first")
    if visitor.errors:
        return await _page(visitor, patient_id=patient_id, status=422)
    result_id = visitor.path["result_id"]
    asked = CommentOnLabResult(
        result_id=result_id,
        comment=words,
        patient_id=patient_id,
    )
    try:
        await visitor.ask(asked)
    except NotYetReleased:
        told = N_("The patient cannot see this result yet. Release it with your comment.")
        return await _changed(visitor, told, patient_id)
    of = f"?patient={patient_id}" if patient_id else ""
    return visitor.go(f"/staff/results/{result_id}{of}", done="commented")


async def _page(visitor: Visitor, *, patient_id: UUID | None, status: int = 200) -> Response:
    asked: list[Any] = [
        ShowLabResult(
            result_id=visitor.path["result_id"], language=visitor.lang, patient_id=patient_id
        )
    ]
    if patient_id:
        asked.append(ShowPatient(patient_id=patient_id))
    result, *patients = await with_menu(visitor, *asked)
    return visitor.render(
        "staff/release.html",
        status_code=status,
        result=needed(result),
        patient=patients[0] if patients else None,
        comment_text=visitor.form.get("comment", ""),
    )


async def _changed(visitor: Visitor, told: str, patient_id: UUID | None) -> Response:
    visitor.conflict = visitor.told(told)
    return await _page(visitor, patient_id=patient_id, status=409)


def _comment(visitor: Visitor) -> str:
    words = visitor.form.get("comment", "").strip()
    if len(words) > LONGEST_COMMENT:
        visitor.wrong("comment", "Please shorten the comment to 4,000 characters")
    return words


ROUTES = [
    staff("/results", show_list, roles=CLINICIAN, here="release"),
    staff("/results/{result_id:uuid}", show, roles=CLINICIAN, here="release"),
    staff("/results/{result_id:uuid}/release", post=release, roles=CLINICIAN, here="release"),
    staff("/results/{result_id:uuid}/comment", post=comment, roles=CLINICIAN, here="release"),
]
