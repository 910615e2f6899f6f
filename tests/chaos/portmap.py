"""Erlang's port mapper, one for each node, so that every way between two nodes is one of ours.

Nodes of a cluster ask the mapper on their machine at which port another one is to be reached, and
then keep a line to it. Here each node has a mapper of its own, which names for each other node the
port of a proxy: what passes between two nodes can then be spoiled, as between two machines.
"""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Self

LOOPBACK = "127.0.0.1"
# The protocol: https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html
REGISTER, ASK, LIST = b"x", b"z", b"n"
REGISTERED, FOUND = b"v", b"w"
NO_SUCH_NODE = FOUND + b"\x01"
VISIBLE, TCP, HIGHEST, LOWEST = 77, 0, 6, 5


class PortMap:
    """Answers one node's questions: ``ways`` has a port for each name, its own among them.

    ``guests`` are those who register with any of the mappers and are no node: `rabbitmqctl`, to
    which each node must be able to answer.
    """

    def __init__(self, ways: Mapping[str, int], *, guests: MutableMapping[str, int]) -> None:
        self._server = _Server((LOOPBACK, 0), _Conversation)
        self._server.ways, self._server.guests = ways, guests
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    ways: Mapping[str, int]
    guests: MutableMapping[str, int]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.registered: set[str] = set()


class _Conversation(socketserver.StreamRequestHandler):
    """One connection: a question, or a registration that lasts as long as it is open."""

    server: _Server

    def handle(self) -> None:
        (length,) = struct.unpack(">H", self.rfile.read(2))
        kind, rest = self.rfile.read(1), self.rfile.read(length - 1)
        if kind == REGISTER:
            (port,) = struct.unpack_from(">H", rest)
            self._register(_name_in(rest, at=8), port)
        elif kind == ASK:
            self.wfile.write(self._way_to(rest.decode()))
        elif kind == LIST:
            self.wfile.write(struct.pack(">I", self.server.server_address[1]) + self._names())

    def _register(self, name: str, port: int) -> None:
        known, guests = self.server.registered, self.server.guests
        if name not in self.server.ways:
            guests[name] = port
        known.add(name)
        self.wfile.write(REGISTERED + struct.pack(">BI", 0, 4))
        self.rfile.read()  # until whoever it is ends
        known.discard(name)
        guests.pop(name, None)

    def _way_to(self, name: str) -> bytes:
        port = self.server.ways.get(name) or self.server.guests.get(name)
        if port is None:
            return NO_SUCH_NODE
        facts = struct.pack(">BHBBHH", 0, port, VISIBLE, TCP, HIGHEST, LOWEST)
        return FOUND + facts + struct.pack(">H", len(name)) + name.encode() + b"\x00\x00"

    def _names(self) -> bytes:
        # A node asks for these to find out whether it runs already.
        here = [n for n in sorted(self.server.registered) if n in self.server.ways]
        return "".join(f"name {n} at port {self.server.ways[n]}\n" for n in here).encode()


def _name_in(request: bytes, *, at: int) -> str:
    (length,) = struct.unpack_from(">H", request, at)
    return request[at + 2 : at + 2 + length].decode()
