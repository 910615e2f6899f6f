"""`portico ledger`: whether the record of who looked at what still stands as it was written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from identity.adapters.anchors import Anchor
    from identity.commands.verifying import Month

ledger = typer.Typer(help="The access ledger: who read or changed what.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(ledger, name="ledger")


@ledger.callback()
def _topic() -> None:
    """The access ledger: who read or changed what."""


@ledger.command()
def verify(
    anchors: Annotated[
        list[Path] | None,
        typer.Option(
            help="Files of anchors, or collected logs of identity. Default: this checkout's own."
        ),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many hash side by side.")] = (
        os.cpu_count() or 1
    ),
) -> None:
    """Hash every row anew, and name the first of each month that is not as it was written.

    Exit status 0: all stands; 1: something does not; 2: it could not be looked through.
    """
    import psycopg

    try:
        found = _look_through(_anchors_in(anchors), processes)
    except psycopg.Error as problem:
        _give_up(f"The database of identity does not answer ({type(problem).__name__}): portico up")
    except OSError as problem:
        _give_up(f"{problem.filename}: {problem.strerror}")
    for month in found:
        typer.echo(_told(month))
    if not any(month.anchors for month in found):
        typer.echo("Without anchors nobody sees a chain that was written anew: see --anchors.")
    if any(month.bad for month in found):
        raise typer.Exit(1)


def _look_through(anchors: Iterator[Anchor], processes: int) -> list[Month]:
    from concurrent.futures import ProcessPoolExecutor

    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from identity.commands.verifying import verify

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        with ProcessPoolExecutor(processes) as workers:
            return list(
                verify(
                    _database_url(),
                    anchors,
                    workers=workers,
                    advanced=lambda rows: bar.advance(task, rows),
                )
            )


def _anchors_in(paths: list[Path] | None) -> Iterator[Anchor]:
    from identity.adapters.anchors import read
    from portico_ops.home import Home

    own = Home.of_this_checkout().ledger_anchors
    for path in paths or ([own] if own.exists() else []):
        yield from read(path)


def _database_url() -> str:
    from portico_kit.settings import text_of
    from portico_ops.lifecycle import installation_here

    given = text_of("PORTICO_IDENTITY_DATABASE_URL", os.environ)
    return given or installation_here().secrets()["identity-database-url"]


def _told(month: Month) -> str:
    name = f"{month.month:%B %Y}"
    if month.bad is None:
        return f"{name}: {month.rows:,} rows, all as they were written. Anchors: {month.anchors:,}."
    row = f" (row {month.bad.row_id})" if month.bad.row_id else ""
    return f"{name}: at {month.bad.position:,} {month.bad.what}{row}."


def _give_up(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(2)
