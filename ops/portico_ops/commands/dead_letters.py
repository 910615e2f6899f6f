"""`portico dead-letters`: what failed for good; see it, try it again, or give it up.

Works on the services' databases themselves, whether the services run or not. Each command leaves
the same audit row as the portal's page does, with the operator as who did it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portico_ops.processes import SERVICES

if TYPE_CHECKING:
    from portico_kit.database import Transaction

letters = typer.Typer(help="Deliveries that failed for good.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="The service that could not take it.")]
Number = Annotated[int, typer.Argument(help="The letter's number, as `list` shows it.")]
PAGE = 200


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(letters, name="dead-letters")


@letters.command(name="list")
def list_letters(
    service: Annotated[str | None, typer.Option(help="Only those of this service.")] = None,
    handled: Annotated[
        bool, typer.Option("--handled", help="Those that somebody tried again or dropped.")
    ] = False,
) -> None:
    """Every dead letter, oldest first: which, why and when, never its content."""
    from rich.console import Console
    from rich.table import Table

    told = _handled if handled else _open
    table = Table("service", "number", "subscription", "event", *told(None))
    for name in (service,) if service else SERVICES:
        for letter in _letters(name, handled=handled):
            what = (letter["subscription"], letter["event_name"] or "unreadable")
            table.add_row(name, str(letter["id"]), *what, *told(letter))
    if not table.row_count:
        typer.echo("There are no dead letters." if not handled else "Nothing was seen to yet.")
        return
    console = Console()
    # Into a file or a pipe, a line is a letter; a terminal folds what is too wide for it.
    (console if console.is_terminal else Console(width=240)).print(table)


@letters.command()
def show(service: Service, number: Number) -> None:
    """One dead letter, with the names of its fields; their values stay where they are."""
    from portico_contracts.catalogue import promises
    from portico_contracts.failures import ShowFailure
    from portico_kit.failures import shown

    promises()  # every contract registers its events, so that theirs are known by name
    with _transaction(service, ShowFailure, number) as tx:
        found = shown(service, tx, number)
    for name, value in found["failure"].items():
        typer.echo(f"{name:<14}{'' if value is None else value}")
    typer.echo(f"{'fields':<14}{', '.join(found['fields']) or 'it is none of our events'}")
    typer.echo(f"{'bytes':<14}{found['bytes']}")
    if found["earlier"]:
        typer.echo(f"{'earlier':<14}{', '.join(map(str, found['earlier']))}")


@letters.command()
def replay(service: Service, number: Number) -> None:
    """Give it its attempts again; it is applied once, however often this is called."""
    from portico_contracts.failures import ReplayFailure
    from portico_kit import dead_letters

    with _transaction(service, ReplayFailure, number) as tx:
        tried = dead_letters.replay(tx, number)
        state = dead_letters.one(tx, number)["state"]
    if not tried:
        typer.echo("It is done already." if state == "applied" else "It is being tried already.")
        return
    typer.echo("It will be tried again now.")
    if before := tried[:-1]:
        typer.echo(f"Before it, those about the same thing: {', '.join(map(str, before))}.")


@letters.command()
def drop(
    service: Service,
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it need not be delivered; it is kept.")],
) -> None:
    """Give it up for good. The row stays, with the reason."""
    from portico_contracts.failures import DropFailure
    from portico_kit import dead_letters

    with _transaction(service, DropFailure, number) as tx:
        dead_letters.drop(tx, number, reason=reason)
    typer.echo("Dropped.")


def _letters(service: str, *, handled: bool) -> Iterator[dict[str, Any]]:
    from portico_contracts.failures import ListFailures
    from portico_kit import dead_letters

    with _transaction(service, ListFailures) as tx:
        page = dead_letters.page(tx, limit=PAGE, handled=handled)
        while page:
            yield from page
            page = dead_letters.page(tx, after=page[-1]["id"], limit=PAGE, handled=handled)


def _open(letter: dict[str, Any] | None) -> tuple[str, ...]:
    if letter is None:
        return "attempts", "error", "last tried"
    return str(letter["attempts"]), letter["error"] or "", _when(letter["last_at"])


def _handled(letter: dict[str, Any] | None) -> tuple[str, ...]:
    if letter is None:
        return "state", "seen to by", "when", "reason"
    by = str(letter["acted_by"] or "operator")
    return letter["state"], by, _when(letter["acted_at"]), letter["reason"] or ""


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


@contextmanager
def _transaction(service: str, order: type[Any], number: int = 0) -> Iterator[Transaction]:
    """One on the service's database that leaves the audit row of ``order``."""
    from sqlalchemy.exc import OperationalError

    from portico_contracts.failures import AlreadyDropped, DropReasonNeeded, NotFailed
    from portico_contracts.refusal import NotFound
    from portico_kit.access import OPERATOR
    from portico_kit.database import open_transaction

    url, trail = _url(service), _trail(service, order)
    try:
        with open_transaction(url, actor=OPERATOR, trail=trail) as tx:
            yield tx
    except NotFound:
        _give_up(f"{service} has no dead letter {number}.")
    except AlreadyDropped:
        _give_up("It was dropped, and is not tried again.")
    except NotFailed as refusal:
        _give_up(f"It does not wait for anybody: it is {refusal.facts['state']}.")
    except DropReasonNeeded:
        _give_up("Say why: --reason is what others will read.")
    except OperationalError:
        _give_up(f"The database of {service} does not answer: portico up")


def _url(service: str) -> str:
    from portico_ops.lifecycle import installation_here

    if service not in SERVICES:
        raise typer.BadParameter(f"services are {', '.join(SERVICES)}")
    return installation_here().secrets()[f"{service}-database-url"]


def _trail(service: str, order: type[Any]) -> Any:
    from portico_contracts.failures import asked_of
    from portico_contracts.rpc import order_of
    from portico_kit.audit import Trail

    known = order_of(asked_of(service, order))
    return Trail(known.category or "", known.action, known.method)


def _give_up(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
