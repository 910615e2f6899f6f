"""Documents that came with a record."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from ..rpc import between, request, text


class Document(TypedDict):
    document_id: UUID
    title: str
    content_type: str | None
    size: int | None
    author: str | None
    written_at: datetime
    status: str
    source: str


class DocumentShown(Document):
    """``content`` is base64, None where the source sent an address only (``url``)."""

    content: str | None
    url: str | None


class Documents(TypedDict):
    items: list[Document]
    next: str | None


@request("records", reply=Documents, category="record")
class ListDocuments:
    """The patient's documents, without their content."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 50, default=20)
    patient_id: UUID | None = None


@request("records", reply=DocumentShown, category="record")
class ShowDocument:
    """One document with its content. Refusal: NotFound."""

    document_id: UUID
    patient_id: UUID | None = None
