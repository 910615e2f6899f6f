"""The running system under attack: a private installation whose every connection can be spoiled.

All services and the relay reach PostgreSQL, RabbitMQ, the mail server and the SMS provider through
a Proxy each; tools and the oracle reach them directly, so that what is attacked is never what
judges.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pika
import psutil

from bench.house import House, deserted, running_house
from bench.settling import settle
from portico_kit.testing.waiting import eventually
from portico_ops.home import CHECKOUT, Home
from portico_ops.installation import Installation
from portico_ops.lifecycle import fares, make_plan, supervisor_pid, take_down
from portico_ops.processes import (
    BROKER_PORT,
    POSTGRES_PORT,
    SANDBOX_SMTP_PORT,
    SANDBOX_WEB_PORT,
)
from portico_ops.servers import PostgresServer, RabbitServer
from portico_ops.servers.process import alive
from portico_ops.supervisor.plan import Child, Plan, read_plan, read_states, write_plan
from portico_ops.supervisor.servers import described
from tests.chaos.detours import DetouredInstallation, fail_point_file
from tests.chaos.proxy import Proxy

HOMES = CHECKOUT / ".portico" / "chaos"  # a folder a run: several can be under attack at once
LOOK_EVERY = 0.1  # seconds: asking everybody takes the processor from those who are asked
OUTSIDE = {
    "postgres": POSTGRES_PORT,
    "broker": BROKER_PORT,
    "smtp": SANDBOX_SMTP_PORT,
    "sms": SANDBOX_WEB_PORT,
}


@dataclass(frozen=True)
class Stage:
    """The house under attack, and the hands that attack it."""

    house: House
    proxies: Mapping[str, Proxy]

    @property
    def home(self) -> Home:
        return self.house.home

    @property
    def url(self) -> str:
        """The gateway's first copy."""
        return f"http://127.0.0.1:{self.house.port}"

    @property
    def sandbox_url(self) -> str:
        """The sinks' web page and JSON."""
        return self.house.installation.sandbox_url

    @property
    def sinks(self) -> Path:
        """The sandbox's file of mail and texts that arrived."""
        return self.home.sandbox / "sandbox.sqlite"

    @property
    def gateway_ports(self) -> tuple[int, ...]:
        """Where each copy of the gateway listens."""
        plan = self._plan()
        return tuple(c.port for c in plan.children if c.name.partition("-")[0] == "gateway")

    @property
    def names(self) -> tuple[str, ...]:
        """Every copy of every process, as the supervisor names it."""
        return tuple(child.name for child in self._plan().children)

    def rows(self, service: str, query: str, parameters: Any = None) -> list[Any]:
        """What a query finds in a service's database, asked directly and as the superuser."""
        return self.house.rows(query, parameters, database=service)

    def pid(self, name: str) -> int | None:
        """The pid of a process while it runs; ``postgres`` and ``rabbitmq`` are known too."""
        for fare in fares(self.home) if name in ("postgres", "rabbitmq") else ():
            if fare.name == name:
                return fare.pid
        state = read_states(self.home.run).get(name)
        return state.pid if state else None

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> int | None:
        """Send a signal to one process of ours; its pid, or None where it was down already."""
        pid = self.pid(name)
        if pid is None:
            return None
        with suppress(ProcessLookupError):
            os.kill(pid, how)
            return pid
        return None

    def port(self, name: str) -> int:
        """Where a process tells its health and its metrics."""
        return next(child.port for child in self._plan().children if child.name == name)

    def restarts(self, name: str) -> int:
        """How often the supervisor has started a process again."""
        state = read_states(self.home.run).get(name)
        return state.restarts if state else 0

    def is_ready(self) -> bool:
        """Whether every process and server answers that it is ready."""
        return all(fare.ready for fare in fares(self.home))

    def wait_until_ready(self, *, within: float = 60) -> None:
        """AssertionError where something is not ready by then."""
        eventually(self.is_ready, within=within, what="every process ready", every=LOOK_EVERY)

    def settle(self, **how: Any) -> float:
        """Seconds until nothing waits any more to be published, heard or sent."""
        return settle(self.house, **how)

    def arm(self, name: str, place: str, *, time: int = 1) -> None:
        """Let one life of a process end in a fail point, at the ``time`` that it gets there."""
        file = fail_point_file(self.home, name)
        fresh = file.with_suffix(".new")
        fresh.write_text(f"{place}#{time}")
        fresh.replace(file)

    def is_armed(self, name: str) -> bool:
        """Whether a process has a fail point before it that has not ended it yet."""
        return fail_point_file(self.home, name).exists()

    def disarm(self) -> None:
        """Let everybody live who has not ended yet."""
        for name in self.names:
            fail_point_file(self.home, name).unlink(missing_ok=True)

    def run_with(self, name: str, **settings: str | None) -> None:
        """Start one process anew with other settings (None takes one away), and wait for it.

        With a fail point armed it may never get ready: then see `start_with`.
        """
        self.start_with(name, **settings)
        self.wait_until_ready()

    def start_with(self, name: str, **settings: str | None) -> None:
        """As `run_with`, without waiting until it is ready."""
        self.set_settings({name: settings})

    def set_settings(self, settings: Mapping[str, Mapping[str, str | None]]) -> None:
        """Start the named processes anew at once, each with other settings."""
        before = {name: self.pid(name) for name in settings}
        self._follow(
            lambda child: replace(
                child, environment=_changed(child.environment, settings.get(child.name, {}))
            )
        )
        for name, pid in before.items():
            eventually(
                lambda name=name, pid=pid: self.pid(name) not in (pid, None),
                within=60,
                what=f"a new {name}",
            )

    def settings(self, name: str) -> Mapping[str, str]:
        """The environment that a process is started with."""
        return next(child.environment for child in self._plan().children if child.name == name)

    def scale(self, **copies: int) -> None:
        """Run so many copies of the named processes, and one of each of the others."""
        plan = make_plan(self.house.installation, scale=copies, secrets=self.house.secrets)
        self._tell(plan)
        eventually(
            lambda: (
                {f.name for f in fares(self.home) if f.ready} >= {c.name for c in plan.children}
            ),
            within=90,
            what="every copy ready",
            every=LOOK_EVERY,
        )

    def leave_servers_alone(self) -> None:
        """Let the supervisor no longer start a server that has ended; `mind_servers` undoes it."""
        self._tell(replace(self._plan(), servers={}))

    def mind_servers(self) -> None:
        """Let the supervisor start servers again that have ended."""
        self._tell(replace(self._plan(), servers=self.house.plan.servers))

    @property
    def servers(self) -> Mapping[str, PostgresServer | RabbitServer]:
        """``postgres`` and ``rabbitmq``: to stop them and to start them again."""
        return described(self.house.plan.servers)

    def broker(self) -> pika.BlockingConnection:
        """A connection to the broker as its administrator, past the proxy."""
        return pika.BlockingConnection(pika.URLParameters(self.house.amqp_url))

    def waiting(self, queue: str) -> int:
        """How many messages are ready in a queue."""
        with self.broker() as connection:
            declared = connection.channel().queue_declare(queue, passive=True)
            return int(declared.method.message_count)

    def memory(self, name: str) -> int:
        """Resident bytes of a process."""
        return int(psutil.Process(self.pid(name)).memory_info().rss)

    def logs(self) -> str:
        """Everything that every process has written."""
        return "".join(p.read_text() for p in sorted(self.home.logs.glob("*.log*")))

    def _plan(self) -> Plan:
        plan = read_plan(self.home.run)
        assert plan is not None
        return plan

    def _follow(self, change: Callable[[Child], Child]) -> None:
        plan = self._plan()
        self._tell(replace(plan, children=tuple(change(child) for child in plan.children)))

    def _tell(self, plan: Plan) -> None:
        """Hand the supervisor a plan, and wait until it has read it."""
        log = self.home.log_of("supervisor")
        followed = log.read_text().count("plan.followed")
        write_plan(self.home.run, plan)
        pid = supervisor_pid(self.home)
        assert pid is not None
        os.kill(pid, signal.SIGHUP)
        eventually(
            lambda: log.read_text().count("plan.followed") > followed,
            within=60,
            what="the plan followed",
        )


@contextmanager
def running_stage(*, seed: int, say: Callable[[str], None] = print) -> Iterator[Stage]:
    """Bring everything up with a proxy in front of each server; end it afterwards."""
    _sweep()
    home = Home(HOMES / str(os.getpid()))
    with ExitStack() as stack:
        proxies: dict[str, Proxy] = {}

        def detoured(given: Installation) -> Installation:
            for name, port in OUTSIDE.items():
                proxy = Proxy(to_port=port + given.offset, seed=seed)
                proxies[name] = stack.enter_context(proxy)
            detours = {OUTSIDE[name] + given.offset: p.port for name, p in proxies.items()}
            return DetouredInstallation(
                home=given.home, offset=given.offset, sandbox=True, given={}, detours=detours
            )

        house = stack.enter_context(running_house(say=say, home=home, changed=detoured))
        stack.callback(_end_processes, home)
        yield Stage(house, proxies)


def _end_processes(home: Home) -> None:
    """Nothing of a stage is kept, so nothing need end in good order."""
    plan = read_plan(home.run)
    servers = [server.pid() for server in described(plan.servers if plan else {}).values()]
    children = [state.pid for state in read_states(home.run).values()]
    # The supervisor first: it would start the others again. PostgreSQL ends its own on SIGQUIT.
    doomed = list(filter(None, [supervisor_pid(home), *children, *servers]))
    for pid in doomed:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.send_signal(signal.SIGQUIT if process.name() == "postgres" else signal.SIGKILL)
    eventually(lambda: not any(alive(pid) for pid in doomed), within=20, what="the stage's end")


def _sweep() -> None:
    """End what runs that were killed have left behind."""
    for home in deserted(HOMES):
        _end_processes(home)
        take_down(home, say=lambda _text: None)


def _changed(known: Mapping[str, str], settings: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**known, **settings}
    return {name: value for name, value in merged.items() if value is not None}
