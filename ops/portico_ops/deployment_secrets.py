"""Secrets of a deployment in containers: one file each, named as in `processes.py`."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from portico_ops.credentials import Credentials, write_secret
from portico_ops.servers.rabbitmq import ADMINISTRATOR, definitions

# Beside the secrets themselves: what they are made of. Never mounted into a container.
PARTS = "parts"


def write_deployment_secrets(
    folder: Path, *, postgres: str, broker: str, smtp_url: str
) -> Mapping[str, str]:
    """Write every secret for servers at `host:port`; returns the values by name.

    Passwords and keys that are there already stay as they are, so it can be run again.
    """
    # Compose mounts a file with the mode it has, and the containers run as a user of their own:
    # the files must be readable, so it is the folder that keeps others out, from the first on.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    credentials = Credentials(folder / PARTS)
    postgres_password = credentials.get("postgres-password")
    broker_password = credentials.get("administrator-broker-password")
    database = f"postgresql://postgres:{quote(postgres_password)}@{postgres}/postgres"
    bus = f"amqp://{ADMINISTRATOR}:{quote(broker_password)}@{broker}/"
    values = {
        "postgres-password": postgres_password,
        "postgres-admin-url": database,
        "amqp-admin-url": bus,
        "rabbitmq-definitions.json": json.dumps(
            definitions(credentials.broker_users(), administrator_password=broker_password)
        ),
        "smtp-url": smtp_url,
        **credentials.database_urls(database),
        **credentials.broker_urls(bus, own_users=True),
        **credentials.keys(),
    }
    for name, value in values.items():
        write_secret(folder / name, value, mode=0o644)
    return values
