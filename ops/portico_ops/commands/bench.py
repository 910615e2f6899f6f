"""`portico bench`: what this installation's code does in a second, measured on a private copy."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from portico_ops.home import CHECKOUT


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bench)


def bench(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[FIGURE]...", help="Only these figures.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Tiny durations, to see that it runs; nothing is kept.")
    ] = False,
) -> None:
    """Measure speed and memory beside baselines of the same run; takes some minutes.

    Brings up an installation of its own under .portico/bench on ports of its own, and ends it.
    A whole run writes bench/results/latest.json.
    """
    if not (CHECKOUT / "bench" / "__main__.py").exists():
        typer.echo("The bench is part of the source: run this from a checkout.", err=True)
        raise typer.Exit(2)
    words = [*(only or []), *(["--quick"] if quick else [])]
    # A process of its own: the bench is a program of the checkout, not of the installed package.
    command = [sys.executable, "-W", "ignore", "-m", "bench", *words]
    done = subprocess.run(command, check=False, cwd=CHECKOUT)
    raise typer.Exit(done.returncode)
