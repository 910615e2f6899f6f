"""Takes one file into the record: whole or not at all, and a second time without any change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from portico_kit.ids import new_id
from records.adapters.fhir import BrokenFile, Entry, is_ndjson, read_entries
from records.adapters.fhir.extract import (
    TABLES_OF,
    WITHOUT_PATIENT,
    Extracted,
    Unreadable,
    check_required,
    rows_of,
)
from records.adapters.fhir.references import names_of, patient_reference_of
from records.adapters.fhir.vocabulary import MASTER_TYPES, REFERRED_TYPES
from records.store import imports
from records.store.imports import Known, Source

from .connections import add_connections
from .index import Index
from .report import FileReport
from .rows import attachment_rows, resource_row, view_row
from .writing import Writer

if TYPE_CHECKING:
    from portico_kit.database import Transaction

BATCH = 500
BATCH_BYTES = 4 * 1024 * 1024


def take_file(
    tx: Transaction,
    path: Path,
    *,
    source: Source,
    advanced: Callable[[int], None] = lambda _resources: None,
) -> FileReport:
    """Take every entry of a file in the transaction at hand, which the caller commits.

    A bundle is read twice: first for its ids, since any entry may point to any other, then for
    its rows; so memory does not grow with its size. The caller holds the source's lock, and
    rolls back on BrokenFile.
    """
    taking = Taking(tx, source, FileReport(path))
    for batch in taking.lines(path) if is_ndjson(path) else taking.bundle(path):
        taking.write(batch)
        advanced(len(batch))
    return taking.report


class Taking:
    """The taking of one file: what is known so far, rows on their way, and the report."""

    def __init__(self, tx: Transaction, source: Source, report: FileReport) -> None:
        self.tx = tx
        self.source = source
        self.report = report
        self.writer = Writer(tx)
        self.index = Index(tx, source)

    def bundle(self, path: Path) -> Iterator[list[Entry]]:
        """Batches to write, once all of the file has been learnt."""
        for batch in _batches(read_entries(path)):
            self.index.learn(batch)
        self.index.settle()
        yield from _batches(read_entries(path))

    def lines(self, path: Path) -> Iterator[list[Entry]]:
        """Batches to write, each learnt by itself: ids of earlier ones are in the database."""
        for batch in _batches(read_entries(path)):
            self.index = Index(self.tx, self.source)
            self.index.learn(batch)
            self.index.settle()
            yield batch

    def write(self, entries: list[Entry]) -> None:
        """Write a batch that has been learnt."""
        self.index.look_up(entries)
        for entry in entries:
            self._take(entry)
        self.writer.flush()

    def _take(self, entry: Entry) -> None:
        known = self.index.known.get((entry.type, entry.key))
        if entry.problem is not None:
            self._keep(entry, entry.problem)
        elif known is not None and self._is_there(known, entry):
            self.report.unchanged[entry.type] += 1
        else:
            try:
                check_required(entry.resource)
                self._add(entry, known or Known(new_id(), 0, b""))
            except Unreadable as reason:
                self._keep(entry, str(reason))

    def _is_there(self, known: Known, entry: Entry) -> bool:
        if known.digest == entry.digest:
            return True
        # Bundles repeat the same practice with older and newer content in turn.
        repeats = known.version > 0 and entry.type in MASTER_TYPES
        return repeats and imports.has_version(self.tx, resource_id=known.id, digest=entry.digest)

    def _add(self, entry: Entry, known: Known) -> None:
        reference = patient_reference_of(entry.resource)
        patient_id = self.index.context.ids.get(reference) if reference else None
        if entry.type == "Patient":
            patient_id = known.id
            self._check_same_person(entry, known)
        views = rows_of(entry.resource, self.index.context)
        row = resource_row(
            entry, context=self.index.context, source=self.source, id_=known.id,
            version=known.version + 1, patient_id=patient_id, patient_reference=reference,
        )  # fmt: skip
        attachments = attachment_rows(
            self.tx, entry, id_=known.id, version=known.version + 1, patient_id=patient_id
        )
        self.writer.resource(row, attachments)
        if patient_id is not None or entry.type in WITHOUT_PATIENT:
            self._add_views(entry, views, known, patient_id)
        self._add_connections(entry, known.id)
        counter = self.report.changed if known.version else self.report.added
        counter[entry.type] += 1
        self.index.known[entry.type, entry.key] = Known(known.id, known.version + 1, entry.digest)

    def _add_views(
        self, entry: Entry, views: list[Extracted], known: Known, patient_id: UUID | None
    ) -> None:
        changed = known.version > 0
        if known.id in self.index.surveyed:
            views = [v for v in views if v.table != "lab_result"]
        for extracted in views:
            row = view_row(
                self.tx, extracted, id_=known.id, patient_id=patient_id,
                source=self.source, context=self.index.context,
            )  # fmt: skip
            self.writer.view(extracted.table, row, changed=changed)
        if changed:
            given = {extracted.table for extracted in views}
            for table in set(TABLES_OF.get(entry.type, ())) - given:
                self.writer.gone(table, known.id)

    def _add_connections(self, entry: Entry, id_: UUID) -> None:
        if entry.type in REFERRED_TYPES:
            names = names_of(entry.resource, full_url=entry.full_url)
            self.writer.references([
                {"source_id": self.source.id, "reference": n, "type": entry.type,
                 "resource_id": id_} for n in names
            ])  # fmt: skip
        add_connections(
            self.writer, entry.resource, id_=id_,
            context=self.index.context, written=self.index.written,
        )  # fmt: skip

    def _check_same_person(self, entry: Entry, known: Known) -> None:
        # Two systems number their patients alike: never pour two people into one record.
        if known.version == 0:
            return
        there = imports.people_known(self.tx, [known.id]).get(known.id)
        row = rows_of(entry.resource, self.index.context)[0].row
        if there is None or there[1] == row["birth_date"]:
            return
        if there[0].casefold() != row["family"].casefold():
            raise BrokenFile(
                f"this patient's id belongs to somebody else in source “{self.source.name}”: "
                "name another source",
                entry=entry.position,
            )

    def _keep(self, entry: Entry, reason: str) -> None:
        self.report.kept[entry.type, reason] += 1
        self.writer.kept({
            "id": new_id(), "source_id": self.source.id, "type": entry.type,
            "reason": reason, "body": entry.canonical, "body_hash": entry.digest,
            "received_at": self.tx.now,
        })  # fmt: skip


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += len(entry.canonical)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
