"""Prepare the servers named in the environment, then end: the `prepare` job of a deployment."""

import os
import sys
from collections.abc import Mapping

from portico_kit.settings import SettingsMissing, text_of
from portico_ops.bootstrap.roles import logins_from
from portico_ops.bootstrap.steps import StepFailed, make_databases, migrate, prepare_broker
from portico_ops.processes import PREPARE


def main() -> int:
    """Roles and databases, migrations, queues. Exit status 1 with one clear text on failure."""
    try:
        secrets = _secrets(os.environ)
        logins = logins_from(secrets)
        make_databases(secrets["postgres-admin-url"], logins)
        migrate(logins)
        prepare_broker(secrets["amqp-admin-url"])
    except (StepFailed, SettingsMissing, OSError) as problem:
        print(f"prepare: {problem}", file=sys.stderr)
        return 1
    print("Databases, tables and queues are ready.")
    return 0


def _secrets(environment: Mapping[str, str]) -> dict[str, str]:
    found = {name: text_of(name, environment) for name in PREPARE.secrets}
    if missing := [name for name, text in found.items() if text is None]:
        raise SettingsMissing(f"not set: {', '.join(missing)} (each also as …_FILE)")
    return {PREPARE.secrets[name]: text or "" for name, text in found.items()}


if __name__ == "__main__":
    sys.exit(main())
