"""`portico chaos`: attack a private copy of the whole system, and say what was lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from portico_ops.home import CHECKOUT, Home

SUITE = Path("tests") / "chaos"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(chaos)


def chaos(
    long: Annotated[
        bool, typer.Option("--long", help="As often as promised: hours, not minutes.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(help="Draw every chance from this number; else the usual one.")
    ] = None,
    only: Annotated[
        list[int] | None, typer.Option("--only", metavar="POINT", help="Only these points.")
    ] = None,
    soak_minutes: Annotated[
        int | None, typer.Option("--soak-minutes", min=1, help="How long the soak lasts.")
    ] = None,
) -> None:
    """Kill, cut, starve and poison a private copy of the system; then see whether all is there.

    Brings up installations of its own on ports of their own, and ends them. A long run writes
    docs/reliability.md; with --only it puts the new results beside those of other days.
    """
    if not (CHECKOUT / SUITE / "stage.py").exists():
        typer.echo("The chaos suite is part of the source: run this from a checkout.", err=True)
        raise typer.Exit(2)
    record = Home.of_this_checkout().folder / f"chaos-{'long' if long else 'short'}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    if not only:
        record.unlink(missing_ok=True)
    asked = {
        "PORTICO_CHAOS": "long" if long else "short",
        "PORTICO_CHAOS_SEED": seed,
        "PORTICO_CHAOS_SOAK_MINUTES": soak_minutes,
        "PORTICO_CHAOS_RECORD": record,
    }
    environment = {name: str(value) for name, value in asked.items() if value is not None}
    words = files_of(only or [])
    if not long and not only:
        # What needs no whole system goes on beside what does: its waits cost no processor time.
        words = ["-n", "2", "--max-worker-restart=0", *words]
    ended = _run("pytest", *words, environment=environment)
    report = CHECKOUT / "docs" / "reliability.md" if long else record.with_suffix(".md")
    if record.exists():
        _run("tests.chaos.report", str(record), str(report))
        typer.echo(f"Written to {report}")
    raise typer.Exit(ended)


def files_of(points: list[int]) -> list[str]:
    """The test files of these points; the whole suite where none is named."""
    if not points:
        return [str(SUITE)]
    files = {point: sorted((CHECKOUT / SUITE).glob(f"test_{point:02d}_*.py")) for point in points}
    if missing := [point for point, found in files.items() if not found]:
        typer.echo(f"There is no point {', '.join(map(str, missing))}.", err=True)
        raise typer.Exit(2)
    return [str(path.relative_to(CHECKOUT)) for found in files.values() for path in found]


def _run(module: str, *words: str, environment: dict[str, str] | None = None) -> int:
    command = [sys.executable, "-W", "ignore", "-m", module, *words]
    known = {**os.environ, **(environment or {})}
    return subprocess.run(command, check=False, cwd=CHECKOUT, env=known).returncode
