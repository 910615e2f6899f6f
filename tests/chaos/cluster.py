"""Three RabbitMQ nodes on loopback that are one broker, and the hands that take one away.

Every line between two of them leads through a proxy of ours (see portmap.py), so that a node can be
cut off from the others as a broken network does it: without a word to either side. Clients still
reach it; that is what makes it dangerous.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from portico_kit.testing.waiting import eventually
from portico_ops.servers import RabbitServer, ServerFailed, free_port
from tests.chaos.portmap import PortMap
from tests.chaos.proxy import Proxy

PASSWORD = "only-for-tests"
NAMES = ("portico1", "portico2", "portico3")
# As deploy/k8s/overlays/production/rabbitmq.yaml has them.
SETTINGS = "cluster_partition_handling = pause_minority\nnet_ticktime = 10\n"
PEERS = "cluster_formation.peer_discovery_backend = classic_config\n" + "".join(
    f"cluster_formation.classic_config.nodes.{number} = {name}@localhost\n"
    for number, name in enumerate(NAMES, start=1)
)


@dataclass(frozen=True)
class Cluster:
    """The nodes by name, and the proxy on each way from one to another."""

    nodes: dict[str, RabbitServer]
    ways: dict[tuple[str, str], Proxy]

    @property
    def version(self) -> str:
        """RabbitMQ's, as the first node tells it."""
        return self.ask(NAMES[0], "version").strip()

    def url(self, *names: str) -> str:
        """The addresses of these nodes in this order; of all where none is named."""
        return ";".join(self.nodes[name].url for name in names or NAMES)

    def ask(self, name: str, *command: str) -> str:
        """What rabbitmqctl says of a node. Raises ServerFailed."""
        return self.nodes[name].control("--quiet", *command)

    def running(self, name: str) -> set[str]:
        """The nodes that one sees running, itself among them; none where it does not answer."""
        with suppress(ServerFailed, ValueError):
            told = json.loads(self.ask(name, "--timeout", "10", "cluster_status",
                                       "--formatter", "json"))  # fmt: skip
            return {node.partition("@")[0] for node in told["running_nodes"]}
        return set()

    def replicas(self, name: str) -> dict[str, set[str]]:
        """The nodes that each quorum queue has a member on that is online, as one sees it.

        Not the journals: 4.0.5 goes on to leave out a stream's member that has long come back.
        """
        told = self.ask(name, "--timeout", "20", "list_queues", "name", "type", "online",
                        "--formatter", "json")  # fmt: skip
        return {
            queue["name"]: {member.partition("@")[0] for member in queue["online"]}
            for queue in json.loads(told)
            if queue["type"] == "quorum"
        }

    def is_whole(self) -> bool:
        """Whether each node sees all three, and every quorum queue has a member on each."""
        everybody = set(NAMES)
        if any(self.running(name) != everybody for name in NAMES):
            return False
        with suppress(ServerFailed):
            found = self.replicas(NAMES[0])
            return all(members == everybody for members in found.values())
        return False

    def home_of(self, connection_name: str) -> str:
        """The node that the connection of this name (a part of it) was made to; else ""."""
        told = self.ask(NAMES[0], "list_connections", "pid", "client_properties")
        found = re.search(rf"<(\w+)@localhost[^\n]*{re.escape(connection_name)}", told)
        return found[1] if found else ""

    def isolate(self, name: str) -> None:
        """Swallow everything between this node and the others, without a word to any of them."""
        for way in self._ways_of(name):
            way.black_hole()

    def cut(self, name: str) -> None:
        """Close every line between this node and the others; no new one comes about."""
        for way in self._ways_of(name):
            way.cut()

    def hang(self, name: str) -> None:
        """Let the node's process stand still."""
        self._signal(name, signal.SIGSTOP)

    def heal(self, name: str) -> None:
        """Undo any of these."""
        self._signal(name, signal.SIGCONT)
        for way in self._ways_of(name):
            way.heal()

    def _signal(self, name: str, number: signal.Signals) -> None:
        pid = self.nodes[name].pid()
        assert pid is not None, f"{name} does not run"
        os.kill(pid, number)

    def _ways_of(self, name: str) -> Sequence[Proxy]:
        return [way for ends, way in self.ways.items() if name in ends]


@contextmanager
def running_cluster(folder: Path, *, settings: str = SETTINGS, root: str = "") -> Iterator[Cluster]:
    """Start the three, make them one, and end them afterwards; `root` as RabbitServer has it."""
    ports = {name: free_port() for name in NAMES}  # for what nodes say to one another
    cookie, guests = secrets.token_hex(10), dict[str, int]()
    with ExitStack() as stack:
        ways = {
            ends: stack.enter_context(Proxy(to_port=ports[ends[1]]))
            for ends in permutations(NAMES, 2)
        }
        nodes = {}
        for name in NAMES:
            known = {to: way.port for (frm, to), way in ways.items() if frm == name}
            mapper = stack.enter_context(PortMap({**known, name: ports[name]}, guests=guests))
            nodes[name] = RabbitServer(
                folder=folder / name, port=free_port(), password=PASSWORD, name=name,
                cookie=cookie, more=PEERS + settings, distribution_port=ports[name],
                epmd_port=mapper.port, root=root,
            )  # fmt: skip
        made = Cluster(nodes, ways)
        stack.callback(_end, made)
        _start(made)
        yield made


def _start(cluster: Cluster) -> None:
    # All at once: from 4.0 on, each waits for the others that it has been told of.
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda node: node.start(seconds=180), cluster.nodes.values()))
    eventually(cluster.is_whole, within=120, what="three nodes that are one broker")


def _end(cluster: Cluster) -> None:
    """Nothing of it is kept, so nothing need end in good order."""
    for node in cluster.nodes.values():
        pid = node.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            eventually(lambda node=node: node.pid() is None, what="a node's end")
