"""Collects rows and hands them to the database some hundred at a time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from records.store import imports
from records.store.bulk import copy_rows, delete_views, upsert_rows
from records.store.tables import attachment, kept_resource, patient, provider, resource
from records.store.views import VIEWS

if TYPE_CHECKING:
    from datetime import date

    from portico_kit.database import Transaction

READING = {**VIEWS, "patient": patient, "provider": provider}


class Writer:
    """Buffers of one file's rows, in the file's transaction; ``flush`` empties them in order."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._resources: list[dict[str, Any]] = []
        self._attachments: list[dict[str, Any]] = []
        self._new: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._changed: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._gone: dict[str, list[UUID]] = defaultdict(list)
        self._superseded: dict[UUID, None] = {}
        self._kept: list[dict[str, Any]] = []
        self._references: list[dict[str, Any]] = []
        self._panels: list[tuple[UUID, UUID, str | None]] = []
        self._fillings: list[tuple[UUID, date | None, int | None]] = []
        self._pending: set[UUID] = set()

    def resource(self, row: dict[str, Any], attachments: list[dict[str, Any]]) -> None:
        """A resource's row and its sealed contents.

        A second version in one buffer waits for the first to be written.
        """
        if row["id"] in self._pending:
            self.flush()
        if row["version"] > 1:
            self._superseded[row["id"]] = None
        self._pending.add(row["id"])
        self._resources.append(row)
        self._attachments += attachments

    def view(self, table: str, row: dict[str, Any], *, changed: bool) -> None:
        """A reading row, new or changed."""
        (self._changed if changed else self._new)[table].append(row)

    def gone(self, table: str, id_: UUID) -> None:
        """A changed resource that no longer has anything for this table."""
        self._gone[table].append(id_)

    def kept(self, row: dict[str, Any]) -> None:
        self._kept.append(row)

    def references(self, rows: list[dict[str, Any]]) -> None:
        self._references += rows

    def panels(self, links: list[tuple[UUID, UUID, str | None]]) -> None:
        self._panels += links

    def filling(self, medication: UUID, on: date | None, days: int | None) -> None:
        self._fillings.append((medication, on, days))

    def flush(self) -> None:
        """Write everything that waits."""
        if self._superseded:
            imports.supersede(self.tx, self._superseded)
        copy_rows(self.tx, resource, self._resources)
        copy_rows(self.tx, attachment, self._attachments)
        for table, rows in self._new.items():
            copy_rows(self.tx, READING[table], rows)
        for table, rows in self._changed.items():
            upsert_rows(self.tx, READING[table], rows)
        for table, ids in self._gone.items():
            delete_views(self.tx, READING[table], ids)
        if self._kept:
            self.tx.execute(upsert(kept_resource).on_conflict_do_nothing(), self._kept)
        imports.remember_references(self.tx, self._references)
        imports.link_panels(self.tx, self._panels)
        if self._fillings:
            imports.record_dispensed(self.tx, self._fillings)
        self.__init__(self.tx)  # type: ignore[misc]
