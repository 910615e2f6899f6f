"""`portico sandbox`: the made-up practice."""

from __future__ import annotations

import time
from typing import Annotated

import typer

sandbox = typer.Typer(help="The practice that does not exist.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(sandbox, name="sandbox")


@sandbox.callback()
def group() -> None:
    """The practice that does not exist."""


@sandbox.command(name="reset")
def reset_practice(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Throw away all that was done in the sandbox and start it as on its first day."""
    from portico_ops.bootstrap.steps import StepFailed
    from portico_ops.commands.system import READY_WITHIN
    from portico_ops.home import Home
    from portico_ops.installation import Installation
    from portico_ops.lifecycle import CannotStart, wait_until_ready
    from portico_ops.sandbox.reset import NotASandbox, reset
    from portico_ops.servers import ServerFailed
    from portico_ops.supervisor.plan import read_plan

    if not yes:
        typer.confirm("Everything that was done in the sandbox will be lost. Go on?", abort=True)
    started = time.monotonic()
    plan = read_plan(Home.of_this_checkout().run)
    installation = Installation.here(offset=plan.offset if plan else None)
    try:
        running = reset(installation, say=typer.echo)
        wait_until_ready(installation.home, seconds=READY_WITHIN)
    except (NotASandbox, CannotStart, ServerFailed, StepFailed) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"\nThe sandbox is new ({time.monotonic() - started:.0f} s): {running.public_url}")
