"""`portico unroutable`: events that no queue wanted; see which, and send them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

unroutable = typer.Typer(help="Events that no queue wanted.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(unroutable, name="unroutable")


@unroutable.command(name="list")
def list_unroutable() -> None:
    """Which events wait, how many of each, and who should hear them by this release's contracts."""
    from rich.console import Console
    from rich.table import Table

    with _channel() as channel:
        found = Counter((m.exchange, m.routing_key) for m, _, _ in _waiting(channel))
        channel.close()  # without an answer: everything goes back to its place in the queue
    table = Table("exchange", "event", "waiting", "heard by")
    for (exchange, key), count in sorted(found.items()):
        table.add_row(exchange, key, str(count), _listeners(key))
    if table.row_count:
        Console().print(table)
    else:
        typer.echo("There are no unroutable events.")


@unroutable.command()
def replay() -> None:
    """Declare the topology, and publish every event that waits there once more.

    Whoever got an event already does nothing with it again. What still has no listener comes
    back. Exit status 1 while any does.
    """
    from portico_contracts.catalogue import promises
    from portico_kit.topology import UNROUTABLE, declare

    with _channel() as channel:
        declare(channel, promises())
        sent = _send_again(channel)
        back = channel.queue_declare(UNROUTABLE, passive=True).method.message_count
    _audit(sent)
    typer.echo(f"Sent again: {sum(sent.values())}. Without a listener: {back}.")
    if back:
        raise typer.Exit(1)


def _send_again(channel: Any) -> Counter[str]:
    """Publish each with the broker's confirmation, then take it off; how many by exchange."""
    import pika

    channel.confirm_delivery()
    lasting = pika.BasicProperties(content_type="application/json", delivery_mode=2)
    sent: Counter[str] = Counter()
    for method, _properties, body in _waiting(channel):
        channel.basic_publish(method.exchange, method.routing_key, body, lasting, mandatory=True)
        channel.basic_ack(method.delivery_tag)
        sent[method.exchange] += 1
    return sent


def _waiting(channel: Any) -> Iterator[tuple[Any, Any, bytes]]:
    """Those that wait now, without those that come back meanwhile; not acknowledged."""
    from portico_kit.topology import UNROUTABLE

    for _ in range(channel.queue_declare(UNROUTABLE, passive=True).method.message_count):
        message = channel.basic_get(UNROUTABLE)
        if message[0] is None:
            return
        yield message


def _listeners(key: str) -> str:
    from portico_contracts.catalogue import promises

    known = {promise.routing_key: promise.heard_by for promise in promises()}
    return ", ".join(known[key]) if key in known else "nobody"


def _audit(sent: Counter[str]) -> None:
    """One row in the ledger for each service whose events were sent again."""
    from portico_kit.access import OPERATOR
    from portico_kit.audit import Trail
    from portico_kit.database import open_transaction
    from portico_ops.lifecycle import installation_here

    secrets = installation_here().secrets()
    trail = Trail("operations", "write", "replay_unroutable")
    for exchange in sent:
        url = secrets.get(f"{exchange.removesuffix('.events')}-database-url")
        if url:
            with open_transaction(url, actor=OPERATOR, trail=trail):
                pass


@contextmanager
def _channel() -> Iterator[Any]:
    import pika
    from pika.exceptions import AMQPConnectionError

    from portico_kit.addresses import parameters
    from portico_ops.lifecycle import installation_here

    url = installation_here().secrets()["amqp-admin-url"]
    try:
        with pika.BlockingConnection(parameters(url)) as connection:
            yield connection.channel()
    except AMQPConnectionError:
        typer.echo("The broker does not answer: portico up", err=True)
        raise typer.Exit(1) from None
