"""Records: every patient's bundle through the importer, and what waits to be released."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portico_ops.sandbox.practice import (
    Patient,
    Practice,
    bundle_for,
    generate,
    held_bundle_for,
)
from portico_ops.sandbox.practice.days import ZONE
from portico_ops.sandbox.practice.fhir.parts import Writer
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.stores import Stores
from records.commands.importing import import_paths
from records.store import imports, tables

SOURCE = "Cedar Grove Family Health"


class NotTaken(Exception):
    """The importer refused one of the bundles; the message says why."""


def sown_at(stores: Stores, *, now: datetime) -> datetime:
    """When records first heard of the practice: now, or at an earlier seeding.

    All that is seeded hangs on this moment, so that seeding on another day adds nothing.
    """
    with stores.records.transaction(now=now) as tx:
        source = imports.ensure_source(tx, name=SOURCE)
        begun: datetime = tx.execute(
            select(tables.source.c.created_at).where(tables.source.c.id == source.id)
        ).scalar_one()
    return begun


def keep_records(stores: Stores, *, now: datetime, seed: int) -> Cast:
    """Take the whole practice into the record, once; the ids that came of it."""
    practice = generate(seed, today=now.astimezone(ZONE).date())
    cast = _cast(stores, practice, now=now)
    if cast is not None:
        return cast
    _take(stores, "on_receipt", [(p.key, bundle_for(p)) for p in practice.patients])
    _take(stores, "held", [(p.key, held_bundle_for(p)) for p in practice.patients])
    cast = _cast(stores, practice, now=now)
    if cast is None:
        raise NotTaken("the importer took every bundle, and patients are missing")
    return cast


def _take(
    stores: Stores, release: str, bundles: Iterable[tuple[str, dict[str, Any] | None]]
) -> None:
    with TemporaryDirectory() as folder:
        for key, bundle in bundles:
            if bundle is not None:
                (Path(folder) / f"{key}.json").write_text(json.dumps(bundle))
        report = import_paths(stores.records, [Path(folder)], source_name=SOURCE, release=release)
    for refused in report.with_outcome("refused"):
        raise NotTaken(f"{refused.path.name}: {refused.reason}")


def _cast(stores: Stores, practice: Practice, *, now: datetime) -> Cast | None:
    """Everyone's ids; None while somebody's record is not there."""
    wanted = {("Patient", key_of(p, "patient")): p.key for p in practice.patients}
    medicines = {
        ("MedicationRequest", key_of(patient, medicine.key)): (patient.key, medicine.key)
        for patient in practice.patients
        for medicine in patient.record.medications
    }
    held = [("DiagnosticReport", key_of(p, r.key)) for p in practice.patients
            for r in p.record.lab_reports if not r.released]  # fmt: skip
    ids = ids_of_resources(stores, [*wanted, *medicines, *held])
    if len(ids) < len(wanted) + len(medicines) + len(held):
        return None
    return Cast(
        practice=practice,
        now=now,
        patient_ids={key: ids[there] for there, key in wanted.items()},
        medication_ids={keys: ids[there] for there, keys in medicines.items()},
    )


def key_of(patient: Patient, key: str) -> str:
    """The id of one entry of a patient's record within the source."""
    return Writer(patient).id(key)


def ids_of_resources(stores: Stores, keys: list[tuple[str, str]]) -> Mapping[tuple[str, str], UUID]:
    """The ids that records gave, by type and source id; those not there are left out."""
    with stores.records.transaction() as tx:
        source = imports.ensure_source(tx, name=SOURCE)
        known = imports.versions_known(tx, source_id=source.id, keys=keys)
    return {key: there.id for key, there in known.items()}
