"""Drafts: what is typed so far, kept by an open page without the person's doing."""

from __future__ import annotations

from starlette.responses import Response

from gateway.web import Visitor
from portico_contracts.messaging import LONGEST_BODY, SaveDraft

LONGEST_SUBJECT = 200
LONGEST_TOPIC = 20


async def keep_draft(visitor: Visitor, place: str) -> Response:
    """Keep the words of a form at its place; nothing at all forgets what was there."""
    form = visitor.form
    await visitor.ask(
        SaveDraft(
            place=place,
            body=form.get("body", "")[:LONGEST_BODY],
            subject=form.get("subject", "")[:LONGEST_SUBJECT],
            topic=form.get("topic", "")[:LONGEST_TOPIC],
        )
    )
    return Response(status_code=204)
