"""The `portico` command: each topic is one module of `portico_ops.commands`, listed here."""

from importlib import import_module

import typer

# A topic's module has `register(app)`, and imports what is heavy only when its command runs.
TOPICS = (
    "system",
    "secrets",
    "importing",
    "invite",
    "staff",
    "dead_letters",
    "unroutable",
    "ledger",
    "backup",
    "bench",
    "chaos",
    "sandbox",
)

app = typer.Typer(
    name="portico",
    help="Run and look after a Portico installation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for topic in TOPICS:
    import_module(f"portico_ops.commands.{topic}").register(app)


def main() -> None:
    """The command's entry point."""
    app()
