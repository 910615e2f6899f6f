"""Visit notes, discharge summaries and documents out of DocumentReference and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..attachments import Attachment, attachments_of
from ..datatypes import as_dict, as_text, codes_of, concept_text, start_of
from .context import Context, Extracted

# LOINC: discharge summaries (https://loinc.org/18842-5 and its kin)
_DISCHARGE = frozenset({"18842-5", "28655-9", "11490-0", "29761-4", "59258-4", "28574-2"})


def document(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """The document, and a visit note where it holds readable words."""
    author = context.first_name(resource.get("author"))
    about = as_dict(resource.get("context"))
    written = start_of(resource, "date") or start_of(about, "period")
    return _rows(
        resource,
        title=as_text(resource.get("description")) or concept_text(resource.get("type")),
        codes=codes_of(resource.get("type")),
        author=author,
        place=context.name_of(resource.get("custodian")),
        encounter_id=context.id_of(about.get("encounter")),
        at=written,
    )  # fmt: skip


def notes_of_report(resource: dict[str, Any], context: Context) -> list[Extracted]:
    """A report's own written form, where it has one."""
    if not attachments_of(resource):
        return []
    return _rows(
        resource,
        title=concept_text(resource.get("code")),
        codes=codes_of(resource.get("code")),
        author=context.first_name(resource.get("performer")),
        place=None,
        encounter_id=context.id_of(resource.get("encounter")),
        at=start_of(resource, "effectiveDateTime", "effectivePeriod", "issued"),
    )  # fmt: skip


def _rows(
    resource: dict[str, Any],
    *,
    title: str | None,
    codes: set[str],
    author: str | None,
    place: str | None,
    encounter_id: Any,
    at: datetime | None,
) -> list[Extracted]:
    position, attachment, words = _readable(resource)
    shared = {
        "at": at,
        "name": title or (attachment and attachment.title) or "Document",
        "author": author,
        "status": as_text(resource.get("status")) or "unknown",
    }
    content = attachment.content if attachment else None
    rows = [
        Extracted("document", {
            **shared,
            "content_type": attachment.media_type if attachment else None,
            "size": len(content) if content is not None else None,
            "url": attachment.url if attachment else None,
            "position": position,
        })
    ]  # fmt: skip
    if words:
        kind = "visit" if codes.isdisjoint(_DISCHARGE) else "discharge"
        note = {"kind": kind, "place": place, "encounter_id": encounter_id, "text": words}
        rows.append(Extracted("visit_note", {**shared, **note}))
    return rows


def _readable(resource: dict[str, Any]) -> tuple[int, Attachment | None, str | None]:
    """The first attachment with words to read, else the first of all: position, it, its words."""
    found = attachments_of(resource)
    for position, attachment in enumerate(found):
        words = attachment.text()
        if words:
            return position, attachment, words
    return 0, found[0] if found else None, None
