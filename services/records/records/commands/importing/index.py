"""What an import knows of ids while it reads: versions, references, names, panels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from portico_kit.ids import new_id
from records.adapters.fhir.datatypes import concept_text
from records.adapters.fhir.extract import Context, Unreadable, rows_of
from records.adapters.fhir.extract.context import own_name
from records.adapters.fhir.reading import Entry
from records.adapters.fhir.references import names_of, patient_reference_of, references_in
from records.store import imports
from records.store.imports import Known, Source

from .connections import is_survey, results_of

if TYPE_CHECKING:
    from portico_kit.database import Transaction

MOST_REMEMBERED = 100_000


class Index:
    """Ids for one file (a bundle) or one batch of it (NDJSON).

    ``learn`` every entry first; then ``look_up`` what the entries at hand point to outside.
    """

    def __init__(self, tx: Transaction, source: Source) -> None:
        self.tx = tx
        self.source = source
        self.known: dict[tuple[str, str], Known] = {}
        # What this file brings or changes; all else stands in the database as it is.
        self.written: set[UUID] = set()
        self.context = Context(received_at=tx.now)
        self.context.panels = self.panels = {}
        # Results that belong to a questionnaire, whatever category their sender gave them.
        self.surveyed: set[UUID] = set()
        self._reports: list[tuple[UUID, str | None, list[str]]] = []
        self._surveys: set[UUID] = set()
        self._unanswered: set[str] = set()

    def learn(self, entries: Sequence[Entry]) -> None:
        """Give every sound entry its id: the one it has already, or a new one."""
        fresh = {(e.type, e.key) for e in entries if e.problem is None} - self.known.keys()
        self.known |= imports.versions_known(self.tx, source_id=self.source.id, keys=sorted(fresh))
        for entry in entries:
            if entry.problem is None and self._usable(entry):
                self._learn(entry)

    def settle(self) -> None:
        """All entries are learnt: find out which report lists which result."""
        for report_id, name, references in self._reports:
            for reference in references:
                found = self.context.ids.get(reference)
                if found is not None:
                    self.panels.setdefault(found, (report_id, name))
                    if report_id in self._surveys:
                        self.surveyed.add(found)

    def look_up(self, entries: Iterable[Entry]) -> None:
        """Ask the database for ids and names of what these entries point to elsewhere."""
        ids = self.context.ids
        if len(ids) > MOST_REMEMBERED or len(self._unanswered) > MOST_REMEMBERED:
            self._unanswered.clear()
        asked = {r for e in entries if e.problem is None for r in references_in(e.canonical)}
        asked.update(r for r in (_logical_patient(e) for e in entries) if r)
        asked -= ids.keys() | self._unanswered
        if not asked:
            return
        found = imports.ids_of_references(
            self.tx, source_id=self.source.id, references=sorted(asked)
        )
        self._unanswered |= asked - found.keys()
        ids.update(found)
        self.context.names.update(imports.names_of_ids(self.tx, set(found.values())))

    def _learn(self, entry: Entry) -> None:
        place = (entry.type, entry.key)
        known = self.known.setdefault(place, Known(new_id(), 0, b""))
        if known.digest != entry.digest:
            self.written.add(known.id)
        for name in names_of(entry.resource, full_url=entry.full_url):
            self.context.ids[name] = known.id
        spoken = own_name(entry.resource)
        if entry.type == "Condition":
            spoken = concept_text(entry.resource.get("code"))
        if spoken:
            self.context.names[known.id] = spoken
        if entry.type == "DiagnosticReport":
            title = concept_text(entry.resource.get("code"))
            self._reports.append((known.id, title, results_of(entry.resource)))
            if is_survey(entry.resource):
                self._surveys.add(known.id)

    def _usable(self, entry: Entry) -> bool:
        # A patient without a name is kept aside, so nothing may be hung on their id.
        if entry.type != "Patient":
            return True
        try:
            return bool(rows_of(entry.resource, self.context))
        except Unreadable:
            return False


def _logical_patient(entry: Entry) -> str | None:
    return patient_reference_of(entry.resource) if entry.problem is None else None
