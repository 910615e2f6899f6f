"""The health record: results, vaccines, conditions, allergies, notes, documents, procedures."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from gateway.live import Live
from gateway.routing import Handler, patient
from gateway.templating import render
from gateway.web import Visitor
from portico_contracts import records
from portico_contracts.records import LabResultReleased, ResultCommented
from portico_contracts.refusal import NotFound

SPANS = ("1y", "3y", "all")
LONGEST_QUERY = 80
# What came while a page was drawn may be on it or not: better told twice than not at all.
OVERLAP = timedelta(seconds=10)
MOST_NEWS = 5
# Kinds of file that run nothing, and what such a file's name ends in; all else is just bytes.
ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/plain": ".txt",
}


async def hub(visitor: Visitor) -> Response:
    """All parts of the record, a link each."""
    [found] = await visitor.ask_all(records.HomeSummary(language=visitor.lang))
    health = {"new_results": found["new_results"] if found else None}
    return visitor.render("patient/health.html", health=health)


async def results(visitor: Visitor) -> Response:
    """Released results, newest first."""
    q = visitor.query.get("q", "").strip()[:LONGEST_QUERY]
    show = "new" if visitor.query.get("show") == "new" else "all"
    [found] = await visitor.ask_all(
        records.ListLabResults(
            cursor=visitor.query.get("cursor"), q=q or None, show=show, language=visitor.lang
        )
    )
    return visitor.render("patient/results.html", results=found, q=q, show=show)


async def result(visitor: Visitor) -> Response:
    """One result, with its history and its explanation."""
    asked = records.ShowLabResult(result_id=visitor.path["result_id"], language=visitor.lang)
    found = await visitor.ask(asked)
    wanted = visitor.query.get("span", "")
    span = wanted if wanted in SPANS else "3y"
    return visitor.render("patient/result.html", result=found, span=span)


async def results_live(visitor: Visitor) -> Response:
    """Tells an open list or result that a clinician has released or commented something."""
    live: Live = visitor.request.app.state.live
    assert visitor.session is not None
    mine = visitor.session.patient_id

    def wanted(event: Any) -> bool:
        return (
            isinstance(event, LabResultReleased | ResultCommented) and str(event.patient_id) == mine
        )

    async def draw(event: Any) -> str:
        return _news(visitor, str(event.result_id), commented=isinstance(event, ResultCommented))

    async def missed() -> str:
        since = _moment(visitor.query.get("since", ""))
        if since is None:
            return ""
        asked = records.ListLabResults(show="new", language=visitor.lang)
        found = (await visitor.ask(asked))["items"]
        fresh = [r for r in found if datetime.fromisoformat(r["released_at"]) > since - OVERLAP]
        return "".join(_news(visitor, r["result_id"]) for r in fresh[:MOST_NEWS])

    return await live.stream(visitor, wanted=wanted, draw=draw, first=missed)


def _news(visitor: Visitor, result_id: str, *, commented: bool = False) -> str:
    facts = {"result_id": result_id, "commented": commented}
    return render("patient/_result_news.html", page=visitor.page(), **facts)


def _moment(text: str) -> datetime | None:
    """When a page was drawn, as its address says; None for what is no time with a zone."""
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def listing(
    request: Any, template: str, name: str, *, by: str = "", kinds: tuple[str, ...] = ()
) -> Handler:
    """A handler for a plain list: ask for the page that the cursor names, render it.

    ``by`` names a parameter that narrows the list to one of ``kinds``; the first is the usual.
    """

    async def show(visitor: Visitor) -> Response:
        asked: dict[str, Any] = {"cursor": visitor.query.get("cursor")}
        if by:
            wanted = visitor.query.get(by, "")
            asked[by] = wanted if wanted in kinds else kinds[0]
        [found] = await visitor.ask_all(request(**asked))
        chosen = {by: asked[by]} if by else {}
        return visitor.render(template, **{name: found}, **chosen)

    return show


async def note(visitor: Visitor) -> Response:
    """One visit or discharge summary."""
    found = await visitor.ask(records.ShowVisitNote(note_id=visitor.path["note_id"]))
    return visitor.render("patient/note.html", note=found)


async def document(visitor: Visitor) -> Response:
    """One document as the source sent it, for download; nothing in it can run here."""
    document_id: UUID = visitor.path["document_id"]
    found = await visitor.ask(records.ShowDocument(document_id=document_id))
    try:
        body = base64.b64decode(found["content"] or "", validate=True)
    except (binascii.Error, ValueError):
        body = b""
    if not body:
        raise NotFound
    kind = (found["content_type"] or "").split(";")[0].strip().lower()
    name = f"document-{document_id}{ENDINGS.get(kind, '')}"
    return Response(
        body,
        media_type=kind if kind in ENDINGS else "application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def _list(path: str, request: Any, template: str, name: str, **narrowed: Any) -> Route:
    handler = listing(request, f"patient/{template}.html", name, **narrowed)
    return patient(f"/health/{path}", handler, here="health")


ROUTES = [
    patient("/health", hub, here="health"),
    patient("/health/results", results, here="health"),
    patient("/health/results/live", results_live, here="health", by_itself=True),
    patient("/health/results/{result_id:uuid}", result, here="health"),
    _list("vaccines", records.ListImmunizations, "vaccines", "vaccines"),
    _list(
        "conditions",
        records.ListConditions,
        "conditions",
        "conditions",
        by="show",
        kinds=("now", "past", "all"),
    ),
    _list("allergies", records.ListAllergies, "allergies", "allergies"),
    _list(
        "notes",
        records.ListVisitNotes,
        "notes",
        "notes",
        by="kind",
        kinds=("all", "visit", "discharge"),
    ),
    patient("/health/notes/{note_id:uuid}", note, here="health"),
    _list("documents", records.ListDocuments, "documents", "documents"),
    patient("/health/documents/{document_id:uuid}", document, here="health"),
    _list("procedures", records.ListProcedures, "procedures", "procedures"),
    _list("care-plan", records.ListCarePlans, "care_plan", "plans"),
]
