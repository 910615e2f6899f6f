"""An import of many files: each in its own transaction, the next one whatever became of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy.exc import DataError, IntegrityError

from records.adapters.fhir import BrokenFile, file_hash, find_files
from records.store import imports
from records.store.imports import Source

from .joining import join_waiting
from .report import FileReport, Listener, RunReport, Silent
from .taking import take_file

REFUSED_BY_DATABASE = (
    DataError,
    IntegrityError,
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
)

if TYPE_CHECKING:
    from uuid import UUID

    from portico_kit.database import Store


def import_paths(
    store: Store,
    paths: Iterable[Path],
    *,
    source_name: str,
    release: str | None = None,
    listener: Listener | None = None,
) -> RunReport:
    """Take all files under the paths; files taken before with the same content are skipped.

    ``release`` sets the source's rule ("on_receipt" or "held") where given. Raises NothingToRead
    when a path holds nothing to read; a broken file is refused in the report, the rest go on.
    """
    listener = listener or Silent()
    files = find_files(paths)
    listener.found(files)
    with store.transaction() as tx:
        source = imports.ensure_source(tx, name=source_name, release=release)
        run_id = imports.open_run(tx, source_id=source.id)
    report = RunReport(source.name)
    for path in files:
        one = _take_one(store, path, source=source, run_id=run_id, listener=listener)
        report.files.append(one)
        listener.finished(one)
    report.joined = _join_all(store, source)
    with store.transaction() as tx:
        report.waiting = imports.count_waiting(tx, source_id=source.id)
        imports.close_run(tx, run_id=run_id, totals=report.totals())
    return report


def _take_one(
    store: Store, path: Path, *, source: Source, run_id: UUID, listener: Listener
) -> FileReport:
    digest = b""
    try:
        digest = file_hash(path)
        with store.transaction() as tx:
            imports.lock_source(tx, source.id)
            if imports.was_taken(tx, source_id=source.id, content_hash=digest):
                return FileReport(path, "skipped", reason="taken before")
            report = take_file(tx, path, source=source, advanced=listener.advanced)
            imports.note_file(
                tx, run_id=run_id, source_id=source.id, content_hash=digest,
                outcome="taken", totals=report.totals(),
            )  # fmt: skip
            return report
    except BrokenFile as broken:
        report = FileReport(path, "refused", reason=broken.reason, entry=broken.entry)
    except OSError as problem:
        report = FileReport(path, "refused", reason=f"unreadable: {problem.strerror or problem}")
    except REFUSED_BY_DATABASE as problem:
        # Nothing of the file is quoted: the database's own words may hold health data.
        state = getattr(getattr(problem, "orig", problem), "sqlstate", None)
        report = FileReport(path, "refused", reason=f"the database refused it (SQLSTATE {state})")
    _note_refused(store, report, source=source, run_id=run_id, digest=digest)
    return report


def _note_refused(
    store: Store, report: FileReport, *, source: Source, run_id: UUID, digest: bytes
) -> None:
    with store.transaction() as tx:
        imports.note_file(
            tx, run_id=run_id, source_id=source.id, content_hash=digest, outcome="refused",
            reason=report.reason, entry=report.entry,
        )  # fmt: skip


def _join_all(store: Store, source: Source) -> int:
    joined = 0
    while True:
        with store.transaction() as tx:
            batch = join_waiting(tx, source=source)
        joined += batch
        if batch == 0:
            return joined
