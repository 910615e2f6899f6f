"""`portico dead-letters`: what failed for good; see it, try it again, or give it up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portico_ops.processes import SERVICES

if TYPE_CHECKING:
    from portico_kit.database import Transaction

letters = typer.Typer(help="Deliveries that failed for good.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="The service that could not take it.")]
Number = Annotated[int, typer.Argument(help="The letter's number, as `list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(letters, name="dead-letters")


@letters.command(name="list")
def list_letters() -> None:
    """Every dead letter, oldest first: which, why and when, never its content."""
    from rich.console import Console
    from rich.table import Table

    table = Table("service", "number", "subscription", "event", "attempts", "error", "last tried")
    for service in SERVICES:
        for letter in _letters(service):
            table.add_row(
                service,
                str(letter["id"]),
                letter["subscription"],
                letter["event_name"] or "unreadable",
                str(letter["attempts"]),
                letter["error"] or "",
                f"{letter['last_at']:%Y-%m-%d %H:%M:%S}",
            )
    if table.row_count:
        Console().print(table)
    else:
        typer.echo("There are no dead letters.")


@letters.command()
def show(service: Service, number: Number) -> None:
    """One dead letter, with the names of its fields; their values stay where they are."""
    import json

    from sqlalchemy import select

    from portico_kit.tables import failed_delivery

    with _transaction(service) as tx:
        query = select(failed_delivery).where(failed_delivery.c.id == number)
        row = tx.execute(query).mappings().one_or_none()
    if row is None:
        _not_there(service, number)
    for name, value in row.items():
        if name != "body":
            typer.echo(f"{name:<14}{value}")
    try:
        fields = json.loads(bytes(row["body"]))["data"]
        typer.echo(f"{'fields':<14}{', '.join(sorted(fields))}")
    except (ValueError, KeyError, TypeError):
        typer.echo(f"{'body':<14}{len(row['body'])} bytes that are no event")


@letters.command()
def replay(service: Service, number: Number) -> None:
    """Give it its attempts again; it is applied once, however often this is called."""
    from portico_kit import dead_letters

    _change(service, number, lambda tx: dead_letters.replay(tx, number))
    typer.echo("It will be tried again now.")


@letters.command()
def drop(
    service: Service,
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it need not be delivered; it is kept.")],
) -> None:
    """Give it up for good. The row stays, with the reason."""
    from portico_kit import dead_letters

    _change(service, number, lambda tx: dead_letters.drop(tx, number, reason=reason))
    typer.echo("Dropped.")


def _letters(service: str) -> Iterator[dict[str, Any]]:
    from portico_kit import dead_letters

    after = 0
    while True:
        with _transaction(service) as tx:
            page = dead_letters.page(tx, after=after, limit=200)
        yield from page
        if not page:
            return
        after = page[-1]["id"]


def _change(service: str, number: int, change: Any) -> None:
    from portico_contracts.refusal import NotFound

    try:
        with _transaction(service) as tx:
            change(tx)
    except NotFound:
        _not_there(service, number)


def _not_there(service: str, number: int) -> None:
    typer.echo(f"{service} has no dead letter {number}.", err=True)
    raise typer.Exit(1)


@contextmanager
def _transaction(service: str) -> Iterator[Transaction]:
    from sqlalchemy.exc import OperationalError

    from portico_kit.database import open_transaction
    from portico_ops.lifecycle import installation_here

    if service not in SERVICES:
        raise typer.BadParameter(f"services are {', '.join(SERVICES)}")
    url = installation_here().secrets()[f"{service}-database-url"]
    try:
        with open_transaction(url) as tx:
            yield tx
    except OperationalError:
        typer.echo(f"The database of {service} does not answer: portico up", err=True)
        raise typer.Exit(1) from None
