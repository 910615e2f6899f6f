"""Prepare the servers named in the environment, then end: the `prepare` job of a deployment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from portico_ops.bootstrap.roles import logins_from, prepare_databases
from portico_ops.bootstrap.steps import StepFailed, migrate, prepare_broker
from portico_ops.processes import PREPARE


def main() -> int:
    """Roles and databases, migrations, queues. Exit status 1 with one clear text on failure."""
    try:
        secrets = _secrets(os.environ)
        logins = logins_from(secrets)
        prepare_databases(secrets["postgres-admin-url"], logins)
        migrate(logins)
        prepare_broker(secrets["amqp-admin-url"])
    except (StepFailed, KeyError, OSError) as problem:
        print(f"prepare: {problem}", file=sys.stderr)
        return 1
    print("Databases, tables and queues are ready.")
    return 0


def _secrets(environment: Mapping[str, str]) -> dict[str, str]:
    found = {secret: _value(environment, name) for name, secret in PREPARE.secrets.items()}
    missing = [name for name, secret in PREPARE.secrets.items() if not found[secret]]
    if missing:
        raise KeyError(f"not set: {', '.join(missing)} (each also as …_FILE)")
    return {secret: value or "" for secret, value in found.items()}


def _value(environment: Mapping[str, str], name: str) -> str | None:
    file = environment.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else environment.get(name)


if __name__ == "__main__":
    sys.exit(main())
