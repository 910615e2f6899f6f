"""A private installation to measure: own servers, own data folder, own ports, all processes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from portico_kit import settings
from portico_kit.database import Store, connect
from portico_kit.sealing import Sealer
from portico_ops.credentials import with_login
from portico_ops.home import CHECKOUT, Home
from portico_ops.installation import Installation
from portico_ops.lifecycle import CannotStart, bring_up, make_plan, take_down, wait_until_ready
from portico_ops.processes import GATEWAY_PORT, process_named
from portico_ops.servers import PostgresServer
from portico_ops.servers.ports import answers
from portico_ops.supervisor.plan import Plan
from portico_ops.supervisor.servers import described

HOME = Home(CHECKOUT / ".portico" / "bench")
OFFSETS = range(2000, 12_000, 300)
BENCH = "bench"  # the database of what no service owns: floors, baselines, a relay's own outbox
READY_WITHIN = 180.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class House:
    """The running installation, and the doors into it that measuring needs."""

    installation: Installation
    plan: Plan

    @property
    def home(self) -> Home:
        return self.installation.home

    @property
    def port(self) -> int:
        """Where the gateway listens."""
        return GATEWAY_PORT + self.installation.offset

    @property
    def spare_port(self) -> int:
        """A port that no process of ours uses: for the baselines' web servers."""
        return self.port + 90

    @cached_property
    def secrets(self) -> dict[str, str]:
        return self.installation.secrets()

    @property
    def amqp_url(self) -> str:
        """The broker, as its administrator."""
        return self.secrets["amqp-admin-url"]

    def database_url(self, service: str) -> str:
        """A service's database, under the role of the service itself."""
        return self.secrets[f"{service}-database-url"]

    def admin_url(self, database: str = BENCH) -> str:
        """Any database, as the server's superuser."""
        url = self.secrets["postgres-admin-url"]
        return url.removesuffix("/postgres") + f"/{database}"

    def store(self, service: str) -> Store:
        """A service's own store: what its commands are called with."""
        environment = self.installation.environment(process_named(service), secrets=self.secrets)
        config = settings.read(settings.Settings, environment)
        engine = connect(self.database_url(service), connections=2)
        return Store(engine, sealer=Sealer(config.master_keys), config=config)

    def rows(self, query: str, parameters: Any = None, *, database: str = BENCH) -> list[Any]:
        """What a query finds, asked as the superuser."""
        with psycopg.connect(self.admin_url(database), autocommit=True) as connection:
            cursor = connection.execute(query, parameters)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def read_url(self, service: str, *, role: str, tables: str) -> str:
        """A service's database under a new role that may only read those tables."""
        password = self.installation.credentials.get(f"{role}-password")
        create = f"CREATE ROLE {role} LOGIN PASSWORD '{password}'"
        self.rows(f"{create}; GRANT CONNECT ON DATABASE {service} TO {role}", database=service)
        self.rows(f"GRANT USAGE ON SCHEMA public TO {role}", database=service)
        self.rows(f"GRANT SELECT ON {tables} TO {role}", database=service)
        return with_login(self.admin_url(service), user=role, password=password)


@contextmanager
def running_house(
    *, say: Say, home: Home = HOME, changed: Callable[[Installation], Installation] | None = None
) -> Iterator[House]:
    """Bring an installation up from nothing; end it afterwards, and leave only its logs.

    `changed` may put another installation in its place, once it is known where it listens.
    """
    with _only_one(home):
        yield from _running_house(home, changed, say)


def _running_house(
    home: Home, changed: Callable[[Installation], Installation] | None, say: Say
) -> Iterator[House]:
    take_down(home, say=lambda _text: None)
    shutil.rmtree(home.folder, ignore_errors=True)
    installation = free_installation(home)
    if changed is not None:
        installation = changed(installation)
    try:
        _prepare_server(installation.postgres)
        plan = bring_up(installation, scale={}, say=say)
        wait_until_ready(home, seconds=READY_WITHIN)
        house = House(installation, plan)
        house.rows(f"CREATE DATABASE {BENCH}", database="postgres")
        yield house
    finally:
        take_down(home, say=say)
        for folder in (home.postgres, home.rabbitmq, home.sandbox, home.secrets, home.run):
            shutil.rmtree(folder, ignore_errors=True)


def deserted(homes: Path) -> Iterator[Home]:
    """The homes, each in a folder of a number, of runs that were killed; each goes afterwards.

    Whoever runs holds the lock. (A number that was a run's may be another process's by now.)
    """
    for folder in (f for f in homes.glob("*") if f.name.isdigit()):
        with suppress(CannotStart), _only_one(Home(folder)):
            yield Home(folder)
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".lock").unlink(missing_ok=True)


@contextmanager
def _only_one(home: Home) -> Iterator[None]:
    """Two in one folder would end each other's servers, and spoil each other's figures."""
    home.folder.parent.mkdir(parents=True, exist_ok=True)
    with home.folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"One runs in {home.folder.name} already.") from None
        yield


def free_installation(home: Home) -> Installation:
    """On the first free block of ports. Nothing of the caller's own settings comes in."""
    # Each process begins elsewhere: two that start at once must not both find a block free.
    turn = os.getpid() % len(OFFSETS)
    for offset in [*OFFSETS[turn:], *OFFSETS[:turn]]:
        made = Installation(home=home, offset=offset, sandbox=True, given={})
        # Whoever asks fills a practice of their own: the sandbox's would take time for nothing.
        home.run.mkdir(parents=True, exist_ok=True)
        (home.run / "seeded").touch()
        plan = make_plan(made, scale={}, secrets=made.secrets())
        ports = [child.port for child in plan.children]
        ports += [server.port for server in described(plan.servers).values()]
        if not any(answers(port) for port in ports):
            return made
    raise CannotStart("No block of ports is free for the bench.")


def _prepare_server(server: PostgresServer | None) -> None:
    """Let PostgreSQL note the moment of each commit: one clock for what different services do."""
    assert server is not None
    server.start()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("\ntrack_commit_timestamp = on\n")
