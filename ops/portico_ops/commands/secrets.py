"""`portico secrets`: the files of secrets that compose and Kubernetes take in."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="secrets")(make_secrets)


def make_secrets(
    folder: Annotated[Path, typer.Argument(help="Where the files go; kept if there already.")],
    postgres: Annotated[str, typer.Option(help="Host and port of PostgreSQL.")] = "postgres:5432",
    broker: Annotated[str, typer.Option(help="Host and port of RabbitMQ.")] = "rabbitmq:5672",
    smtp_url: Annotated[str, typer.Option(help="Where mail goes.")] = "smtp://sandbox:8025",
) -> None:
    """Write one file a secret: passwords and keys are made once, addresses follow them."""
    from portico_ops.deployment_secrets import write_deployment_secrets

    written = write_deployment_secrets(folder, postgres=postgres, broker=broker, smtp_url=smtp_url)
    typer.echo(f"{len(written)} secrets are in {folder}. Keep them out of version control.")
