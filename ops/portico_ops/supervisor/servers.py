"""Our own PostgreSQL and broker as the plan describes them, started again should they die."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from portico_ops.servers import BrokerUser, PostgresServer, RabbitServer, ServerFailed

LOOK_EVERY = 2.0
Servers = Mapping[str, Mapping[str, Any]]


def describe(*, postgres: PostgresServer | None, rabbitmq: RabbitServer | None) -> dict[str, Any]:
    """The two servers as plain values, for the plan; one that is not ours is left out."""
    described = {"postgres": postgres, "rabbitmq": rabbitmq}
    return {
        name: {**asdict(server), "folder": str(server.folder)}
        for name, server in described.items()
        if server is not None
    }


def described(servers: Servers) -> dict[str, PostgresServer | RabbitServer]:
    """The servers again, out of a plan."""
    found: dict[str, PostgresServer | RabbitServer] = {}
    if values := servers.get("postgres"):
        found["postgres"] = PostgresServer(**{**values, "folder": Path(values["folder"])})
    if values := servers.get("rabbitmq"):
        users = tuple(BrokerUser(**user) for user in values["users"])
        found["rabbitmq"] = RabbitServer(
            **{**values, "folder": Path(values["folder"]), "users": users}
        )
    return found


async def keep_servers(current: Callable[[], Servers], *, note: Callable[..., None]) -> None:
    """Look at the servers every other second, for ever; start what has died."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        for name, server in described(current()).items():
            if server.pid() is None:
                note("server.died", server=name)
                await _start_again(name, server, note)


async def _start_again(
    name: str, server: PostgresServer | RabbitServer, note: Callable[..., None]
) -> None:
    try:
        await asyncio.to_thread(server.start)
        note("server.started", server=name)
    except (ServerFailed, OSError, psutil.Error):
        # Looked at again in two seconds; the server's own log says why.
        note("server.failed", server=name)
