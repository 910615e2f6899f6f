"""Bringing one installation up and down: servers, set-up steps, then the supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from portico_ops.bootstrap.steps import plain_environment
from portico_ops.home import CHECKOUT, Home
from portico_ops.installation import Installation
from portico_ops.preparing import Say, prepare
from portico_ops.processes import Process
from portico_ops.restoring.underway import underway
from portico_ops.servers.ports import answers
from portico_ops.servers.process import end, last_lines, locked, recorded_pid
from portico_ops.supervisor.health import is_ready
from portico_ops.supervisor.plan import (
    PID_FILE,
    Child,
    Plan,
    forget_states,
    read_plan,
    read_states,
    write_plan,
)
from portico_ops.supervisor.servers import describe, described

# Fewer malloc arenas: threads of an interpreter do not allocate at once, and each arena costs.
LEAN = {"MALLOC_ARENA_MAX": "2"}
TOO_MANY_RESTARTS = 5
BACKGROUND_NICE = 5  # a third of the weight of what people wait for (sched(7))


class CannotStart(Exception):
    """The portal cannot be brought up as things are; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Fare:
    """How one process fares, as `status` shows it."""

    name: str
    pid: int | None
    state: str
    started_at: float | None
    restarts: int
    ready: bool
    port: int


def supervisor_pid(home: Home) -> int | None:
    """The supervisor's pid while it runs."""
    return recorded_pid(home.run / PID_FILE)


def installation_here(*, offset: int | None = None, sandbox: bool = True) -> Installation:
    """The installation of this checkout as asked; what runs already keeps its own ports, and its
    own word on the sandbox.
    """
    home = Home.of_this_checkout()
    plan = read_plan(home.run) if supervisor_pid(home) else None
    if plan is not None:
        return Installation.here(offset=plan.offset, sandbox=plan.sandbox)
    return Installation.here(offset=offset, sandbox=sandbox)


def bring_up(installation: Installation, *, scale: Mapping[str, int], say: Say) -> Plan:
    """Servers, databases, queues, seed, processes. Returns the plan that now runs.

    What runs already is left as it is, unless `scale` asks for other numbers of copies. Two of
    these at once take turns.
    """
    with locked(installation.home.run / "up.lock"):
        return _bring_up(installation, scale=scale, say=say)


def _bring_up(installation: Installation, *, scale: Mapping[str, int], say: Say) -> Plan:
    running = read_plan(installation.home.run) if supervisor_pid(installation.home) else None
    if running and not scale:
        return running
    _refuse_what_cannot_work(installation, scale)
    _refuse_half_restored(installation.home)
    home = installation.home
    secrets = installation.secrets()
    plan = make_plan(installation, scale=scale, secrets=secrets)
    if running is None:
        end_orphans(home)
        forget_states(home.run)
        _refuse_taken_ports(plan)
        # Before the servers start, so that `down` knows of them even if a step fails.
        write_plan(home.run, plan)
        prepare(installation, secrets=secrets, say=say)
        _start_supervisor(home)
    elif running != plan and (pid := supervisor_pid(home)):
        refuse_other_servers(running, plan)
        write_plan(home.run, plan)
        os.kill(pid, signal.SIGHUP)
    return plan


def take_down(home: Home, *, say: Say) -> None:
    """Stop the processes, then our own servers."""
    stop_processes(home, say=say)
    plan = read_plan(home.run)
    servers = described(plan.servers if plan else {})
    running = [name for name, server in servers.items() if server.pid()]
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda server: server.stop(), servers.values()))
    for name in running:
        say(f"{name} stopped")


def stop_processes(home: Home, *, say: Say) -> None:
    """Stop the supervisor, which drains and ends the processes; the servers go on."""
    pid = supervisor_pid(home)
    if pid is not None:
        end(pid, how=signal.SIGTERM, seconds=60)
        say("processes stopped")
    end_orphans(home)


def make_plan(
    installation: Installation, *, scale: Mapping[str, int], secrets: Mapping[str, str]
) -> Plan:
    """Every copy of every process, with its whole environment."""
    installation = replace(installation, scale=scale)
    children = [
        _child(installation, process, copy, secrets)
        for process in installation.processes()
        for copy in range(scale.get(process.name, 1))
    ]
    return Plan(
        children=tuple(children),
        servers=describe(postgres=installation.postgres, rabbitmq=installation.rabbitmq),
        public_url=installation.public_url,
        offset=installation.offset,
        sandbox=installation.sandbox,
    )


def fares(home: Home) -> list[Fare]:
    """How every process of the plan fares, servers first."""
    plan = read_plan(home.run) or Plan(children=())
    states = read_states(home.run) if supervisor_pid(home) else {}
    found = [
        Fare(name=name, pid=server.pid(), state="running" if server.pid() else "stopped",
             started_at=None, restarts=0, ready=answers(server.port), port=server.port)
        for name, server in described(plan.servers).items()
    ]  # fmt: skip
    for child in plan.children:
        state = states.get(child.name)
        found.append(
            Fare(
                name=child.name,
                pid=state.pid if state else None,
                state=state.state if state else "stopped",
                started_at=state.started_at if state else None,
                restarts=state.restarts if state else 0,
                ready=bool(state and state.pid) and is_ready(child.port),
                port=child.port,
            )
        )
    return found


def wait_until_ready(home: Home, *, seconds: float) -> None:
    """Return when every process answers /ready; raise CannotStart with a log's end otherwise."""
    deadline = time.monotonic() + seconds
    while waiting := [fare for fare in fares(home) if not fare.ready]:
        hopeless = [fare for fare in waiting if fare.restarts >= TOO_MANY_RESTARTS]
        if hopeless or time.monotonic() > deadline:
            raise CannotStart(_why(home, (hopeless or waiting)[0]))
        time.sleep(0.2)


def end_orphans(home: Home) -> None:
    """End processes of ours that outlived a supervisor that was killed."""
    import psutil

    for state in read_states(home.run).values():
        try:
            process = psutil.Process(state.pid or 0)
            if state.started_at and abs(process.create_time() - state.started_at) < 5:
                end(process.pid, how=signal.SIGTERM, seconds=25)
        except (psutil.NoSuchProcess, ValueError):
            continue


def _refuse_what_cannot_work(installation: Installation, scale: Mapping[str, int]) -> None:
    if missing := installation.missing():
        raise CannotStart("Without the sandbox these must be set:\n  " + "\n  ".join(missing))
    known = {process.name: process for process in installation.processes()}
    for name, copies in scale.items():
        if name not in known:
            raise CannotStart(f"There is no process {name!r}; there are: {', '.join(known)}.")
        if copies < 1 or (copies > 1 and not known[name].scalable):
            raise CannotStart(f"{name} cannot run in {copies} copies.")


def _refuse_half_restored(home: Home) -> None:
    if (mark := underway(home)) is not None:
        raise CannotStart(
            f"A restore of {mark.source} has not ended: nothing may start before. Call it again: "
            "portico restore"
        )


def refuse_other_servers(running: Plan, wanted: Plan) -> None:
    """A change of copies must not move what runs to other servers, for want of a variable."""
    if running.servers.keys() != wanted.servers.keys():
        raise CannotStart(
            "What runs uses other servers than are named now: set PORTICO_POSTGRES_URL and "
            "PORTICO_AMQP_URL as they were when it was started, or stop it first: portico down"
        )


def _refuse_taken_ports(plan: Plan) -> None:
    ours = {server.port for server in described(plan.servers).values() if server.pid()}
    ports = [child.port for child in plan.children]
    ports += [server.port for server in described(plan.servers).values()]
    if taken := [port for port in ports if port not in ours and answers(port)]:
        raise CannotStart(
            f"Something else listens on port {', '.join(map(str, taken))}. Stop it, or shift all "
            "of Portico's ports: portico up --port-offset 100 (make up PORT_OFFSET=100)."
        )


def _child(
    installation: Installation, process: Process, copy: int, secrets: Mapping[str, str]
) -> Child:
    values = installation.environment(process, secrets=secrets, copy=copy)
    return Child(
        name=process.name if copy == 0 else f"{process.name}-{copy + 1}",
        command=(sys.executable, *(word.format(**values) for word in process.command)),
        environment={**plain_environment(), **LEAN, **values},
        port=int(values[process.port_variable]),
        nice=BACKGROUND_NICE if process.background else 0,
    )


def _start_supervisor(home: Home) -> None:
    home.logs.mkdir(parents=True, exist_ok=True)
    with (home.logs / "supervisor.err").open("wb") as errors:
        subprocess.Popen(
            [sys.executable, "-m", "portico_ops.supervisor", str(home.run), str(home.logs)],
            stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            start_new_session=True, cwd=CHECKOUT, env=plain_environment(),
        )  # fmt: skip
    deadline = time.monotonic() + 20
    while supervisor_pid(home) is None:
        if time.monotonic() > deadline:
            raise CannotStart(last_lines(home.logs / "supervisor.err"))
        time.sleep(0.05)


def _why(home: Home, fare: Fare) -> str:
    path = home.log_of(fare.name)
    return (
        f"{fare.name} does not get ready (restarts: {fare.restarts}). The end of its log, {path}:\n"
        f"{last_lines(path)}"
    )
