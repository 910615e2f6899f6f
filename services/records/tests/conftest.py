"""What the tests of records share: an office with a database, and the corpus of real files."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from portico_kit.access import Actor
from portico_kit.database import Store, Transaction
from portico_kit.testing.people import a_clinician, a_patient
from records.commands.importing import RunReport, import_paths

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
CORPUS = Path(
    os.environ.get("PORTICO_CORPUS")
    or Path(__file__).resolve().parents[3].parent / "shared" / "corpus"
)
# Rows that say when and how something was taken, rather than what.
LOGS = ("import_run", "import_file", "audit_row", "data_key", "alembic_version")


@dataclass
class Office:
    """Records in one hand: take files in, ask as somebody, look into the tables."""

    store: Store
    folder: Path
    written: int = field(default=0)

    def take(self, *paths: Path, source: str = "Lakeside lab", **options: Any) -> RunReport:
        """Import files or folders."""
        return import_paths(self.store, paths, source_name=source, **options)

    def take_bundle(self, *resources: dict[str, Any], **options: Any) -> RunReport:
        """Import one transaction bundle with these resources."""
        return self.take(self.bundle(*resources), **options)

    def bundle(self, *resources: dict[str, Any], name: str | None = None) -> Path:
        """Write a transaction bundle as Synthea does: urn:uuid fullUrls, plain POST."""
        entries = [
            {
                "fullUrl": f"urn:uuid:{resource.get('id')}",
                "resource": resource,
                "request": {"method": "POST", "url": resource.get("resourceType")},
            }
            for resource in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        return self.file(json.dumps(bundle), name=name)

    def file(self, content: str | bytes, *, name: str | None = None) -> Path:
        """Write a file; ``.gz`` in its name compresses it."""
        self.written += 1
        path = self.folder / (name or f"{self.written:03}.json")
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
        return path

    def ask(
        self, query: Callable[..., Any], request: Any, *, actor: Actor | None = None,
        patient_id: UUID | None = None, now: datetime | None = NOW,
    ) -> Any:  # fmt: skip
        """Call a query or command as ``actor`` (a patient on their own record by default)."""
        actor = actor or a_patient(patient_id or self.the_patient())
        about = actor.patient_id or patient_id or getattr(request, "patient_id", None)
        with self.store.transaction(actor=actor, now=NOW, patient_id=about) as tx:
            return query(tx, request, now=now) if now else query(tx, request)

    def ask_as_clinician(self, query: Callable[..., Any], request: Any, **options: Any) -> Any:
        return self.ask(query, request, actor=a_clinician(), **options)

    def rows(self, words: str, **given: Any) -> list[Any]:
        """Rows of a statement."""
        with self.store.transaction() as tx:
            return list(tx.execute(text(words), given))

    def one(self, words: str, **given: Any) -> Any:
        """The only value of the only row."""
        (row,) = self.rows(words, **given)
        return row[0] if len(row) == 1 else row

    def the_patient(self) -> UUID:
        """The only patient on record."""
        return self.one("SELECT id FROM patient")

    def fingerprint(self) -> dict[str, str]:
        """A hash of all rows of every table that holds what was taken."""
        tables = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {t.tablename: self._hash_of(t.tablename) for t in tables if t.tablename not in LOGS}

    def _hash_of(self, table: str) -> str:
        found = self.rows(f"SELECT t::text AS line FROM {table} t ORDER BY 1")
        return hashlib.sha256("\n".join(row.line for row in found).encode()).hexdigest()


@pytest.fixture
def office(service_store: Callable[..., Store], tmp_path: Path) -> Office:
    """Records on a fresh database."""
    return Office(service_store("records"), tmp_path)


@pytest.fixture
def tx(office: Office) -> Any:
    """One open transaction."""
    with office.store.transaction(now=NOW) as opened:
        made: Transaction = opened
        yield made


def corpus(*parts: str) -> Path:
    """A folder or file of the corpus; skips the test by name where it is absent."""
    path = CORPUS.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real-world corpus is absent: {'/'.join(('corpus', *parts))}")
    return path


def patient(**changed: Any) -> dict[str, Any]:
    """A Patient as a source sends one."""
    made = {
        "resourceType": "Patient", "id": "p-1", "gender": "female", "birthDate": "1968-03-04",
        "name": [{"use": "official", "family": "Reyes", "given": ["Maria"]}],
    }  # fmt: skip
    return {**made, **changed}


def glucose(value: Any = 98, **changed: Any) -> dict[str, Any]:
    """A laboratory Observation about ``patient()``."""
    made = {
        "resourceType": "Observation", "id": "o-1", "status": "final",
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7",
                             "display": "Glucose [Mass/volume] in Serum or Plasma"}]},
        "subject": {"reference": "urn:uuid:p-1"},
        "effectiveDateTime": "2026-11-18T09:00:00-05:00",
        "issued": "2026-11-18T12:00:00.000-05:00",
        "valueQuantity": {"value": value, "unit": "mg/dL",
                          "system": "http://unitsofmeasure.org", "code": "mg/dL"},
        "referenceRange": [{"low": {"value": 70}, "high": {"value": 99}}],
    }  # fmt: skip
    return {**made, **changed}
