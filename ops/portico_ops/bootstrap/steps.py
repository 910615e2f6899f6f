"""Migrations, queues and the seed: each is a program of its own, so that one can be run alone."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from portico_ops.bootstrap.roles import Logins, prepare_databases
from portico_ops.processes import SEED

LONGEST_OUTPUT = 4000


class StepFailed(Exception):
    """A step of the set-up did not succeed; the message holds the end of what it printed."""


def run_step(name: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Run one Python program to its end; raise StepFailed with what it said if it fails."""
    result = subprocess.run(
        [sys.executable, *arguments],
        check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env={**plain_environment(), **environment},
    )  # fmt: skip
    if result.returncode:
        said = (result.stdout + result.stderr)[-LONGEST_OUTPUT:]
        raise StepFailed(f"{name} failed (exit status {result.returncode}):\n{said}")


def make_databases(administrator_url: str, logins: Mapping[str, Logins]) -> None:
    """Each service's database and roles; StepFailed says what the server said."""
    try:
        prepare_databases(administrator_url, logins)
    except psycopg.Error as problem:
        # The first line alone: the lines after it may quote a statement with a password.
        said = problem.diag.message_primary or str(problem).partition("\n")[0]
        raise StepFailed(f"the databases could not be made: {said}") from None


def migrate(logins: Mapping[str, Logins]) -> None:
    """Bring every service's tables up to date, under its owner's role."""
    # One interpreter for all: loading the migration tool takes longer than most migrations.
    from portico_kit.migrate import upgrade

    for service, login in logins.items():
        try:
            upgrade(service, login.owner)
        except Exception as problem:
            raise StepFailed(f"the migration of {service} failed: {problem}") from problem


def prepare_broker(administrator_url: str) -> None:
    """Declare every exchange, queue and binding that the contracts name."""
    run_step("the broker's topology", ("-m", "portico_kit.topology"),
             {"PORTICO_AMQP_URL": administrator_url})  # fmt: skip


def seed(environment: Mapping[str, str]) -> None:
    """Fill the sandbox practice."""
    run_step("the sandbox's seed", SEED.command, environment)


def plain_environment() -> dict[str, str]:
    """What a child may know of our environment: nothing of Portico's, nothing of secrets."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "VIRTUAL_ENV")
    given = {name: os.environ[name] for name in kept if name in os.environ}
    return given | {"PYTHONUNBUFFERED": "1"}


def migrations_of(checkout: Path) -> list[Path]:
    """Every file that decides what the tables look like."""
    return sorted(
        [
            *checkout.glob("services/*/migrations/**/*.py"),
            *checkout.glob("kit/portico_kit/migrate*.py"),
            *checkout.glob("kit/portico_kit/tables*.py"),
        ]
    )


def migrations_mark(checkout: Path, url: str) -> str:
    """What changes when a table's making or the server at `url` does."""
    digest = hashlib.sha256(url.encode())
    for path in migrations_of(checkout):
        digest.update(path.read_bytes())
    return digest.hexdigest()
