"""A private RabbitMQ node: own name, own ports, own epmd, own folders, loopback only."""

import base64
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portico_ops.servers.install_rabbitmq import rabbitmq_script
from portico_ops.servers.ports import LOOPBACK, answers
from portico_ops.servers.process import (
    ServerFailed,
    end,
    last_lines,
    locked,
    record_pid,
    recorded_pid,
    wait_until,
)

ADMINISTRATOR = "portico"
ROOTED = Path("/usr/lib/rabbitmq/bin")  # in another system's folder, Debian's
HEADER = b"AMQP\x00\x00\x09\x01"

# Definitions are loaded before the listeners open, so that a node that answers has its users.
CONFIGURATION = """\
listeners.tcp.1 = {address}:{port}
loopback_users = none
load_definitions = {definitions}
vm_memory_high_watermark.absolute = {memory}
disk_free_limit.absolute = 200MB
heartbeat = 30
channel_max = 512
collect_statistics_interval = 30000
log.console = false
log.file = node.log
log.file.level = warning
log.file.rotation.size = 5242880
log.file.rotation.count = 2
"""

# No busy waiting and two schedulers: an idle node should cost next to nothing.
VM_ARGUMENTS = "+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2 +SDcpu 1:1 +SDio 2"


@dataclass(frozen=True, kw_only=True)
class BrokerUser:
    """A broker account with regular expressions of what it may configure, write and read."""

    name: str
    password: str
    configure: str
    write: str
    read: str


@dataclass(frozen=True, kw_only=True)
class RabbitServer:
    """One RabbitMQ node under `folder`, on loopback `port`, with administrator `portico`.

    It also takes the two ports after its own: for Erlang's distribution and for its own epmd.
    With `root`, the folder of another system (as debootstrap makes one), it is that system's
    RabbitMQ, run in there by chroot; then its files lie in there too. A node of a cluster has a
    `name` of its own, the others' `cookie`, and `more` lines of configuration.
    """

    folder: Path
    port: int
    password: str
    users: Sequence[BrokerUser] = field(default=())
    distribution_port: int = 0
    epmd_port: int = 0
    memory: str = "400MB"
    name: str = "portico"
    cookie: str = ""
    more: str = ""
    root: str = field(default_factory=lambda: os.environ.get("PORTICO_RABBITMQ_ROOT", ""))

    @property
    def url(self) -> str:
        """The administrator's address, of the default virtual host."""
        return self.url_for(ADMINISTRATOR, self.password)

    def url_for(self, name: str, password: str) -> str:
        return f"amqp://{quote(name)}:{quote(password, safe='')}@{LOOPBACK}:{self.port}/"

    @property
    def node(self) -> str:
        # Not the port: the node's name is the name of its data, which must outlive a new port.
        return f"{self.name}@localhost"

    @property
    def home(self) -> Path:
        """Where the node finds its files."""
        return self.folder.resolve()

    @property
    def place(self) -> Path:
        """Where these files lie for us."""
        return Path(f"{self.root}{self.home}")

    def start(self, *, seconds: float = 90) -> str:
        """Start the node if it is not running, wait until it speaks AMQP; return its URL."""
        with locked(self.folder / "start.lock"):
            if self.pid() is not None and not answers(self.port):
                self.stop()  # it runs on the ports of an earlier start
            if self.pid() is None:
                script = rabbitmq_script() if not self.root else ROOTED / "rabbitmq-server"
                self._configure()
                self._launch(script, seconds)
        return self.url

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` says of this node. Raises ServerFailed."""
        tools = ROOTED if self.root else rabbitmq_script().parent
        command = self._rooted([str(tools / "rabbitmqctl"), *arguments])
        result = subprocess.run(
            command, check=False, capture_output=True, text=True, env=self.environment()
        )
        if result.returncode:
            raise ServerFailed(f"rabbitmqctl {arguments[0]}: {result.stdout}{result.stderr}")
        return result.stdout

    def stop(self, *, seconds: float = 30) -> None:
        """Close the node in good order, then its port mapper."""
        pid = self.pid()
        if pid is not None:
            end(pid, how=signal.SIGTERM, seconds=seconds)
        self._stop_epmd()

    def pid(self) -> int | None:
        """The node's pid while it runs."""
        return recorded_pid(self.home / "node.pid")

    def environment(self) -> dict[str, str]:
        """What the server script and `rabbitmqctl` need to mean this node and no other."""
        home, distribution = self.home, self.distribution_port or self.port + 1
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "ERL_EPMD_PORT": str(self.epmd_port or self.port + 2),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP_BYTES": "0",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{VM_ARGUMENTS} {loopback}",
            # The script then becomes the node, so that the pid we see is the node's.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _configure(self) -> None:
        if self.root:
            self._prepare_root()
        for name in ("data", "log", "generated"):
            (self.place / name).mkdir(parents=True, exist_ok=True)
        self.place.chmod(0o700)  # messages lie here
        (self.place / "rabbitmq-env.conf").write_text("")
        (self.place / "enabled_plugins").write_text("[].\n")
        (self.place / "advanced.config").write_text("[].\n")
        path = self.place / "definitions.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(definitions(self.users, administrator_password=self.password)))
        (self.place / "rabbitmq.conf").write_text(
            CONFIGURATION.format(
                address=LOOPBACK,
                port=self.port,
                definitions=self.home / path.name,
                memory=self.memory,
            )
            + self.more
        )
        if self.cookie:
            self._share_cookie()

    def _share_cookie(self) -> None:
        path = self.place / ".erlang.cookie"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(self.cookie)
        path.chmod(0o400)

    def _prepare_root(self) -> None:
        """Give the other system what it needs to run a node, and no data of an earlier one."""
        root = Path(self.root)
        if not (self.home / "node.pid").exists():
            shutil.rmtree(self.place, ignore_errors=True)
        if not (root / "etc" / "hosts").exists():
            (root / "etc" / "hosts").write_text(f"{LOOPBACK} localhost\n")
        if not (root / "proc" / "self").exists():
            # Without it the node does not know how much of the disk is free.
            subprocess.run(
                ["mount", "-t", "proc", "proc", str(root / "proc")],
                check=False, capture_output=True,
            )  # fmt: skip

    def _rooted(self, command: list[str]) -> list[str]:
        return ["chroot", self.root, *command] if self.root else command

    def _launch(self, script: Path, seconds: float) -> None:
        output = self.place / "log" / "console.log"
        with output.open("wb") as log:
            child = subprocess.Popen(
                self._rooted([str(script)]),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.place,
                start_new_session=True, env=self.environment(),
            )  # fmt: skip
        record_pid(self.home / "node.pid", child.pid)
        wait_until(
            lambda: speaks_amqp(self.port) or child.poll() is not None,
            seconds=seconds,
            otherwise=lambda: f"RabbitMQ did not get ready:\n{last_lines(output)}",
        )
        if child.poll() is not None:
            raise ServerFailed(f"RabbitMQ ended at once:\n{last_lines(output)}")

    def _stop_epmd(self) -> None:
        epmd = "epmd" if self.root else _epmd()
        if epmd is not None:
            subprocess.run(
                [*self._rooted([epmd]), "-port", str(self.epmd_port or self.port + 2), "-kill"],
                check=False, capture_output=True, env=self.environment(),
            )  # fmt: skip


def definitions(users: Sequence[BrokerUser], *, administrator_password: str) -> Mapping[str, Any]:
    """The accounts and what they may touch, in the form that a node loads at its start."""
    administrator = BrokerUser(
        name=ADMINISTRATOR, password=administrator_password, configure=".*", write=".*", read=".*"
    )
    everybody = [administrator, *users]
    return {
        "vhosts": [{"name": "/"}],
        "users": [_account(user) for user in everybody],
        "permissions": [
            {
                "user": user.name,
                "vhost": "/",
                "configure": user.configure,
                "write": user.write,
                "read": user.read,
            }
            for user in everybody
        ],
    }


def speaks_amqp(port: int) -> bool:
    """True when a broker answers AMQP's greeting on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(HEADER)
            # Method frame, channel 0: Connection.Start.
            return connection.recv(3) == b"\x01\x00\x00"
    except OSError:
        return False


def _epmd() -> str | None:
    inside = sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))
    return shutil.which("epmd") or (str(inside[-1]) if inside else None)


def _account(user: BrokerUser) -> Mapping[str, Any]:
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + user.password.encode()).digest()
    return {
        "name": user.name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "administrator" if user.name == ADMINISTRATOR else "",
    }
