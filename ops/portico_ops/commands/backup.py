"""`portico backup`, `restore` and `reconcile`: back to an earlier moment without repeating it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portico_ops.home import Home

if TYPE_CHECKING:
    from portico_ops.restoring.report import Report

LOOK_BACK = timedelta(days=1)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(reconcile)


def backup(
    to: Annotated[
        Path | None, typer.Option(help="Where backups are kept, each in a folder of its own.")
    ] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Put the keys beside it, in keys.json.")
    ] = False,
) -> None:
    """Write all six databases, as of one moment, into a folder. Nothing stops meanwhile."""
    from portico_ops.backup.taking import take_backup
    from portico_ops.lifecycle import installation_here

    with _plainly():
        folder, manifest = take_backup(
            installation_here(),
            to=to or Home.of_this_checkout().folder / "backups",
            with_secrets=with_secrets,
            say=typer.echo,
        )
    typer.echo(f"\nAs of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC: {folder}")
    if with_secrets:
        typer.echo("It holds the keys as well: whoever has this folder can read everything in it.")
    else:
        typer.echo(
            "WITHOUT the keys, nobody can read messages, notes and addresses in it: keep "
            ".portico/secrets, or your vault, somewhere else (or --with-secrets)."
        )


def restore(
    folder: Annotated[Path | None, typer.Argument(help="One backup's folder.")] = None,
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Take the backup's keys for ours.")
    ] = False,
    already: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="The server was set back to this moment by its own means."
        ),
    ] = None,
) -> None:
    """Go back to a backup; then nothing old is sent again, and what is ahead of it is reported.

    Stop everything first (portico down).
    """
    from portico_ops.lifecycle import installation_here
    from portico_ops.restoring import whole

    if (folder is None) == (already is None):
        raise typer.BadParameter("name a backup's folder, or --already TIME")
    _log_to_file()
    with _plainly():
        installation = installation_here()
        if folder is not None:
            found = whole.restore(installation, folder, with_secrets=with_secrets, say=typer.echo)
        else:
            moment = _moment(already or "")
            found = whole.settle_restored(installation, moment=moment, say=typer.echo)
    _tell(*found)
    typer.echo("Start again: portico up")


def reconcile(
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="With its zone; else a day ago.")
    ] = None,
    send_held: Annotated[
        bool, typer.Option("--send-held", help="Send what a restore held back, and do no more.")
    ] = False,
) -> None:
    """Report what the broker and the card processor know and the databases do not."""
    from portico_ops.lifecycle import installation_here
    from portico_ops.restoring import whole

    _log_to_file()
    with _plainly():
        installation = installation_here()
        if send_held:
            typer.echo(f"{whole.send_held(installation)} mails and texts go out now.")
            return
        moment = _moment(since) if since else datetime.now(UTC) - LOOK_BACK
        found = whole.reconcile(installation, since=moment)
    _tell(*found)


def _tell(report: Report, path: Path) -> None:
    for line in report.lines():
        typer.echo(line)
    typer.echo(f"\nEach of them by its id: {path}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not like 2026-11-22T08:15:00+00:00") from None
    if moment.tzinfo is None:
        raise typer.BadParameter("a moment needs its zone: 2026-11-22T08:15:00+00:00")
    return moment.astimezone(UTC)


def _log_to_file() -> None:
    """What services say while they come to rest goes where their logs are, not among our words."""
    from portico_kit import logs

    home = Home.of_this_checkout()
    home.logs.mkdir(parents=True, exist_ok=True)
    logs.configure("restore", file=home.log_of("restore").open("a", buffering=1))


@contextmanager
def _plainly() -> Iterator[None]:
    """One clear text and exit status 1 instead of a trace."""
    from sqlalchemy.exc import OperationalError

    from portico_kit.settings import SettingsMissing
    from portico_ops.backup.manifest import BackupUnusable
    from portico_ops.bootstrap.steps import StepFailed
    from portico_ops.restoring.ahead import BrokerInUse
    from portico_ops.restoring.databases import StillRunning
    from portico_ops.servers import ServerFailed

    try:
        yield
    except (
        BackupUnusable, BrokerInUse, ServerFailed, SettingsMissing, StepFailed, StillRunning,
    ) as problem:  # fmt: skip
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    except OperationalError:
        typer.echo("A database does not answer: portico up", err=True)
        raise typer.Exit(1) from None
