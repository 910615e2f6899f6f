"""Taking the sandbox back to its first day: nothing of what visitors did is left."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping

import pika
from pika.exceptions import ChannelClosedByBroker
from psycopg import sql

from portico_kit.addresses import parameters
from portico_kit.topology import LEDGER_QUEUE, UNROUTABLE
from portico_ops.bootstrap.roles import connect_as_administrator, database_of
from portico_ops.installation import Installation
from portico_ops.lifecycle import bring_up, stop_processes
from portico_ops.processes import SERVICES
from portico_ops.supervisor.plan import Plan, read_plan

LANES = ("urgent", "normal", "bulk", "dead")
SHARED_QUEUES = (LEDGER_QUEUE, UNROUTABLE)
STAMPS = ("migrated", "seeded")

Say = Callable[[str], None]


class NotASandbox(Exception):
    """These databases may hold real people's data: they are not dropped."""


def reset(installation: Installation, *, say: Say) -> Plan:
    """Stop, drop the six databases, empty the queues and sinks, then start as if for the first
    time, with as many copies as before. Raises NotASandbox, and what `bring_up` raises.
    """
    plan = read_plan(installation.home.run)
    _refuse_real_data(installation, plan)
    scale = copies_in(plan) if plan else {}
    secrets = installation.secrets()
    stop_processes(installation.home, say=say)
    _drop_databases(installation, secrets)
    _empty_queues(installation, secrets)
    shutil.rmtree(installation.home.sandbox, ignore_errors=True)
    say("databases, queues, mail and texts are gone")
    return bring_up(installation, scale=scale, say=say)


def copies_in(plan: Plan) -> dict[str, int]:
    """How many copies of each process a plan has, where there are several."""
    names = [re.sub(r"-\d+$", "", child.name) for child in plan.children]
    return {name: names.count(name) for name in names if names.count(name) > 1}


def _refuse_real_data(installation: Installation, plan: Plan | None) -> None:
    if not installation.sandbox or (plan is not None and not plan.sandbox):
        raise NotASandbox("This installation runs without the sandbox; its data stay.")
    if installation.postgres is None and not installation.is_seeded:
        raise NotASandbox(
            "PORTICO_POSTGRES_URL names a server that this checkout has never seeded; "
            "nothing is dropped there."
        )


def _drop_databases(installation: Installation, secrets: Mapping[str, str]) -> None:
    if installation.postgres is not None:
        installation.postgres.start()
    with connect_as_administrator(secrets["postgres-admin-url"]) as connection:
        for service in SERVICES:
            name = database_of(secrets[f"{service}-database-url"])
            command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(command.format(sql.Identifier(name)))
    for stamp in STAMPS:
        (installation.home.run / stamp).unlink(missing_ok=True)


def _empty_queues(installation: Installation, secrets: Mapping[str, str]) -> None:
    if installation.rabbitmq is not None:
        installation.rabbitmq.start()
    with pika.BlockingConnection(parameters(secrets["amqp-admin-url"])) as connection:
        for queue in _queues():
            try:
                connection.channel().queue_purge(queue)
            except ChannelClosedByBroker:
                continue  # it was never declared


def _queues() -> Iterator[str]:
    yield from SHARED_QUEUES
    for service in SERVICES:
        yield f"rpc-{service}"
        yield from (f"{service}.{lane}" for lane in LANES)
