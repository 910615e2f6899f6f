"""The access ledger, as the patient reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text


class LedgerWho(TypedDict):
    """Who acted: ``you``, a named staff member, another person, or the system itself."""

    kind: Literal["you", "staff", "person", "system"]
    name: str
    roles: list[str]


class LedgerEntry(TypedDict):
    """One reading or writing of the patient's record.

    ``order`` is the request's name; after a colon in which way it was done, where that matters.
    """

    entry_id: UUID
    at: datetime
    who: LedgerWho
    category: str
    action: str
    order: str
    on_behalf: bool


class LedgerEntries(TypedDict):
    """A page of the ledger, the newest first."""

    items: list[LedgerEntry]
    next: str | None


@request("identity", reply=LedgerEntries)
class LedgerPage:
    """Who looked at the caller's record, when, at what."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 100, default=30)
