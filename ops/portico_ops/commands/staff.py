"""`portico staff`: the first administrator of an empty portal, who then adds everybody else.

Works on identity's database itself, with the operator as who did it in the access ledger. The link
goes out by the portal's own mail, as soon as the portal runs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

if TYPE_CHECKING:
    from portico_contracts.identity import AddStaff

staff = typer.Typer(help="Who works at the practice.", no_args_is_help=True)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What identity's commands ask their settings for when somebody is added."""

    database_url: str
    transit_key: str
    practice_zone: str


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(staff, name="staff")


@staff.callback()
def _topic() -> None:
    """Who works at the practice."""


@staff.command()
def add(
    first_name: Annotated[str, typer.Option()],
    last_name: Annotated[str, typer.Option()],
    role: Annotated[list[str], typer.Option(help="Give it more than once for several.")],
    email: Annotated[str, typer.Option(help="They sign in with it; the link goes there.")] = "",
    mobile: Annotated[str, typer.Option(help="Without an address the link goes by text.")] = "",
    title: Annotated[str, typer.Option(help="Such as Dr. or RN.")] = "",
    language: Annotated[str, typer.Option(help="en or es.")] = "en",
) -> None:
    """Give somebody an account, and send a link by which they choose a password.

    Exit status 1: it was refused; the reason is printed.
    """
    from portico_contracts.identity import AddStaff, Language, Role

    _check("--role", role, get_args(Role))
    _check("--language", [language], get_args(Language))
    named: Any = {"first_name": first_name, "last_name": last_name, "title": title}
    reached: Any = {"email": email or None, "mobile": mobile or None, "language": language}
    made = _added(AddStaff(**named, **reached, roles=tuple(role)))  # type: ignore[arg-type]
    by = "mail" if made["channel"] == "mail" else "text"
    typer.echo(
        f"{first_name} {last_name} has an account. A link to choose a password goes out by {by}; "
        f"it works once, until {made['expires_at']:%Y-%m-%d %H:%M} UTC."
    )


def _check(option: str, given: list[str], known: tuple[str, ...]) -> None:
    for word in given:
        if word not in known:
            raise typer.BadParameter(f"{option} is one of {', '.join(known)}")


def _added(asked: AddStaff) -> dict[str, Any]:
    from sqlalchemy.exc import OperationalError

    from identity.commands.staff import add_staff
    from portico_contracts import identity as contract
    from portico_contracts.rpc import order_of
    from portico_kit.access import OPERATOR
    from portico_kit.audit import Trail
    from portico_kit.database import open_transaction

    order, keys = order_of(type(asked)), _keys()
    trail = Trail(order.category or "", order.action, order.method)
    begin = partial(open_transaction, keys.database_url, actor=OPERATOR, trail=trail, config=keys)
    try:
        return add_staff(SimpleNamespace(transaction=begin), asked)
    except contract.NoAddress:
        _give_up("Give --email or --mobile: without one there is nowhere to send the link.")
    except contract.NowhereToSend as refusal:
        _give_up(f"--{refusal.facts['field']} is none that anything could be sent to.")
    except contract.LoginTaken as refusal:
        _give_up(f"Somebody signs in with this --{refusal.facts['field']} already.")
    except OperationalError:
        _give_up("The database of identity does not answer: portico up")
    raise AssertionError("unreachable")


def _keys() -> Keys:
    from portico_kit.settings import text_of
    from portico_ops.lifecycle import installation_here

    zone = text_of("PORTICO_PRACTICE_ZONE", os.environ) or "America/New_York"
    given = text_of("PORTICO_IDENTITY_DATABASE_URL", os.environ)
    if given is None:
        known = installation_here().secrets()
        given, transit = known["identity-database-url"], known["transit-key"]
    else:
        transit = text_of("PORTICO_TRANSIT_KEY", os.environ) or ""
        if not transit:
            _give_up("PORTICO_TRANSIT_KEY is not set: the link could not be sealed.")
    return Keys(database_url=given, transit_key=transit, practice_zone=zone)


def _give_up(reason: str) -> None:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
