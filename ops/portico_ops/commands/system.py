"""`portico up`, `down`, `status` and `logs`."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from portico_ops.home import Home
from portico_ops.lifecycle import Fare

READY_WITHIN = 180.0  # seconds; a first start on two busy cores takes a minute or so
SIGN_INS = (
    ("patient", "maria@cedargrove.example"),
    ("nurse", "dana@cedargrove.example"),
    ("front desk", "tom@cedargrove.example"),
    ("clinician", "amara@cedargrove.example"),
    ("practice administrator", "ruth@cedargrove.example"),
)
SANDBOX_PASSWORD = "correct-horse-battery"  # noqa: S105 - of people who do not exist


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(logs)


def up(
    scale: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COPIES", help="Run a process several times.")
    ] = None,
    port_offset: Annotated[int | None, typer.Option(help="Added to every port.")] = None,
    sandbox: Annotated[
        bool, typer.Option(help="A made-up practice, with sinks for mail, texts and cards.")
    ] = True,
) -> None:
    """Start everything; does nothing to what already runs."""
    from portico_ops.bootstrap.steps import StepFailed
    from portico_ops.lifecycle import (
        CannotStart,
        bring_up,
        installation_here,
        supervisor_pid,
        wait_until_ready,
    )
    from portico_ops.servers import ServerFailed

    started = time.monotonic()
    installation = installation_here(offset=port_offset, sandbox=sandbox)
    ran_already = supervisor_pid(installation.home) is not None
    try:
        plan = bring_up(installation, scale=_copies(scale or []), say=typer.echo)
        wait_until_ready(installation.home, seconds=READY_WITHIN)
    except (CannotStart, ServerFailed, StepFailed) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    what = "Portico runs already" if ran_already else "Portico runs"
    typer.echo(f"\n{what} ({time.monotonic() - started:.0f} s): {plan.public_url}")
    if plan.sandbox:
        _print_sign_ins(installation.sandbox_url)


def down() -> None:
    """Stop everything; data stay."""
    from portico_ops.lifecycle import take_down

    take_down(Home.of_this_checkout(), say=typer.echo)
    typer.echo("Portico is down.")


def status() -> None:
    """Show how each process fares; exit status 1 unless all are ready."""
    from rich.console import Console
    from rich.table import Table

    from portico_ops.lifecycle import fares, supervisor_pid

    home = Home.of_this_checkout()
    found = fares(home)
    table = Table("process", "pid", "uptime", "memory", "restarts", "port", "ready", box=None)
    for fare in found:
        table.add_row(*_row(fare))
    Console().print(table)
    if supervisor_pid(home) is None:
        typer.echo("Portico is down.")
    if not found or not all(fare.ready for fare in found):
        raise typer.Exit(1)


def logs(
    name: Annotated[str, typer.Argument(help="A process, as `portico status` names it.")],
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1)] = 50,
) -> None:
    """Print the end of a process's log."""
    from portico_ops.servers.process import last_lines

    home = Home.of_this_checkout()
    path = home.log_of(name)
    if not path.exists():
        there = ", ".join(sorted(p.stem for p in home.logs.glob("*.log"))) or "none yet"
        typer.echo(f"There is no log of {name!r}; there are: {there}.", err=True)
        raise typer.Exit(1)
    typer.echo(last_lines(path, count=lines))
    if follow:
        _follow(path)


def _copies(scale: list[str]) -> dict[str, int]:
    copies = {}
    for wish in scale:
        name, _, number = wish.partition("=")
        if not number.isdecimal():
            raise typer.BadParameter(f"{wish!r} is not of the form records=2")
        copies[name] = int(number)
    return copies


def _print_sign_ins(sandbox_url: str) -> None:
    typer.echo(f"Mail and texts: {sandbox_url}\n\nSign in with the password {SANDBOX_PASSWORD} as")
    for role, address in SIGN_INS:
        typer.echo(f"  {role:<24}{address}")


def _row(fare: Fare) -> tuple[str, ...]:
    return (
        fare.name,
        str(fare.pid or "-"),
        _uptime(fare),
        _memory(fare.pid),
        str(fare.restarts),
        str(fare.port),
        "yes" if fare.ready else f"no ({fare.state})",
    )


def _uptime(fare: Fare) -> str:
    import psutil

    try:
        started = fare.started_at or psutil.Process(fare.pid or -1).create_time()
    except (psutil.NoSuchProcess, ValueError):
        return "-"
    return str(timedelta(seconds=int(time.time() - started)))


def _memory(pid: int | None) -> str:
    """Resident megabytes of a process and of what it started itself."""
    import psutil

    try:
        process = psutil.Process(pid or -1)
        family = [process, *process.children(recursive=True)]
        return f"{sum(_private(p) for p in family) / 1_000_000:.0f} MB"
    except (psutil.NoSuchProcess, ValueError):
        return "-"


def _private(process) -> int:  # type: ignore[no-untyped-def]
    """Proportional size where the system tells: PostgreSQL's workers share their buffers."""
    full = process.memory_full_info()
    return int(getattr(full, "pss", 0) or full.rss)


def _follow(path: Path) -> None:
    file = path.open()
    file.seek(0, 2)
    try:
        while True:
            if line := file.readline():
                typer.echo(line, nl=False)
            elif path.exists() and path.stat().st_ino != _inode(file):
                file = path.open()  # the log was turned over
            else:
                time.sleep(0.3)
    except KeyboardInterrupt:
        return


def _inode(file) -> int:  # type: ignore[no-untyped-def]
    import os

    return os.fstat(file.fileno()).st_ino
