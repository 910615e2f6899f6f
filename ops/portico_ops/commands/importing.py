"""`portico import`: other systems' health data into the record."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from portico_kit.database import Store
    from records.commands.importing import FileReport, RunReport

SOURCE = "Imported records"
MOST_LINES = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="import")(import_files)


def import_files(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders: FHIR R4 .json and .ndjson, also .gz.")
    ],
    source: Annotated[
        str, typer.Option(help="Where the data come from; ids are unique within a source.")
    ] = SOURCE,
    release: Annotated[
        str | None,
        typer.Option(help="on_receipt: results count as released; held: a clinician releases."),
    ] = None,
) -> None:
    """Take health data into the record; what was taken before is skipped.

    Exit status 0: all files taken; 1: some were refused; 2: the import could not start.
    """
    from sqlalchemy.exc import DBAPIError

    from records.adapters.fhir import NothingToRead

    rule = _rule(release)
    try:
        report = _run(paths, source=source, release=rule)
    except NothingToRead as problem:
        _give_up(str(problem))
    except DBAPIError as problem:
        _give_up(
            f"The database of records does not answer ({type(problem.orig).__name__}): portico up"
        )
    _print(report)
    if report.with_outcome("refused"):
        raise typer.Exit(1)


def import_into(
    store: Store,
    paths: list[Path],
    *,
    source: str = SOURCE,
    release: Literal["on_receipt", "held"] | None = None,
) -> RunReport:
    """The import without words or progress, for the sandbox's seed and for tests."""
    from records.commands.importing import import_paths

    return import_paths(store, paths, source_name=source, release=release)


def _run(paths: list[Path], *, source: str, release: str | None) -> RunReport:
    from records.commands.importing import import_paths

    store = records_store()
    try:
        with _Bar() as bar:
            return import_paths(store, paths, source_name=source, release=release, listener=bar)
    finally:
        store.engine.dispose()


def records_store() -> Store:
    """Records' database: as the environment says, else that of this checkout."""
    from portico_kit.database import Store, connect
    from portico_kit.sealing import Sealer
    from portico_kit.settings import text_of
    from portico_ops.lifecycle import installation_here

    url = text_of("PORTICO_RECORDS_DATABASE_URL", os.environ)
    keys = text_of("PORTICO_MASTER_KEYS", os.environ)
    if not (url and keys):
        secrets = installation_here().secrets()
        url, keys = url or secrets["records-database-url"], keys or secrets["master-keys"]
    return Store(connect(url, connections=2), sealer=Sealer(keys))


def _rule(release: str | None) -> str | None:
    if release not in (None, "on_receipt", "held"):
        raise typer.BadParameter("--release is on_receipt or held")
    return release


def _give_up(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(2)


class _Bar:
    """A progress bar over files that also counts resources; silent where nobody looks."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._resources = 0
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("files, {task.fields[resources]:,} resources"), TimeElapsedColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task("Importing", total=None, resources=0)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()

    def found(self, paths: list[Path], /) -> None:
        self._progress.update(self._task, total=len(paths))

    def advanced(self, resources: int, /) -> None:
        self._resources += resources
        self._progress.update(self._task, resources=self._resources)

    def finished(self, _report: FileReport, /) -> None:
        self._progress.advance(self._task)


def _print(report: RunReport) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    files = {outcome: len(report.with_outcome(outcome)) for outcome in ("taken", "skipped")}
    refused = report.with_outcome("refused")
    if any(report.sum_of(part) for part in ("added", "changed", "unchanged")):
        console.print(_table(report))
    console.print(
        f"Source “{report.source}”: {files['taken']} files taken, {files['skipped']} skipped "
        f"(taken before), {len(refused)} refused.",
        markup=False,
    )
    if report.joined:
        console.print(f"{report.joined} resources that had waited joined their patient.")
    if report.waiting:
        console.print(f"{report.waiting} resources wait for a patient who has not come yet.")
    _print_kept(console, report)
    for one in refused:
        console.print(_refusal(one), markup=False, soft_wrap=True)


def _table(report: RunReport) -> Any:
    from rich.table import Table

    added, changed = report.sum_of("added"), report.sum_of("changed")
    unchanged = report.sum_of("unchanged")
    table = Table("resource type", box=None)
    for title in ("new", "changed", "unchanged"):
        table.add_column(title, justify="right")
    for kind in sorted({*added, *changed, *unchanged}):
        table.add_row(kind, *(f"{part[kind]:,}" for part in (added, changed, unchanged)))
    sums = (f"{sum(part.values()):,}" for part in (added, changed, unchanged))
    table.add_row("all", *sums, style="bold")
    return table


def _print_kept(console: Any, report: RunReport) -> None:
    kept = report.sum_of("kept")
    if not kept:
        return
    console.print(f"{sum(kept.values())} entries were not understood; they are kept as they came:")
    for (kind, reason), count in kept.most_common(MOST_LINES):
        console.print(f"  {count:,} × {kind}: {reason}", markup=False)
    if len(kept) > MOST_LINES:
        console.print(f"  and {len(kept) - MOST_LINES} other kinds")


def _refusal(report: FileReport) -> str:
    where = "" if report.entry is None else f", entry {report.entry}"
    return f"refused {report.path.name}{where}: {report.reason}"
