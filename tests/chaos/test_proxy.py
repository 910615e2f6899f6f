"""The proxy that spoils connections: each kind of trouble is what it says it is."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from portico_kit.testing.waiting import eventually
from tests.chaos.proxy import Proxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):
            while data := self.request.recv(4096):
                self.request.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with Proxy(to_port=server.server_address[1]) as made:
            yield made
        server.shutdown()


@pytest.fixture
def talk(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as made:
        eventually(lambda: proxy.connections == 1)
        yield made


def says(talk: socket.socket, words: bytes) -> bytes:
    talk.sendall(words)
    return talk.recv(4096)


def test_in_fair_weather_everything_passes(proxy, talk):
    assert says(talk, b"hello") == b"hello"
    assert proxy.connections == 1


def test_latency_delays_both_ways(proxy, talk):
    proxy.spoil(latency=0.1)
    began = time.monotonic()
    assert says(talk, b"hello") == b"hello"
    assert time.monotonic() - began >= 0.2


def test_a_slow_line_takes_a_time_for_each_byte(proxy):
    proxy.spoil(rate=1000)
    assert proxy.pause_for(500) == 0.5


@pytest.mark.parametrize("way", ["requests", "answers"])
def test_a_black_hole_swallows_and_keeps_the_line_open(proxy, talk, way):
    proxy.black_hole(way)
    talk.settimeout(0.3)
    with pytest.raises(TimeoutError):
        says(talk, b"hello")
    assert proxy.connections == 1


def test_after_a_black_hole_old_lines_are_gone_and_new_ones_are_whole(proxy, talk):
    proxy.black_hole()
    proxy.heal()
    with pytest.raises(ConnectionResetError):
        says(talk, b"hello")
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as fresh:
        assert says(fresh, b"again") == b"again"


def test_a_cut_line_ends_in_order_and_new_ones_are_refused(proxy, talk):
    says(talk, b"hello")
    proxy.cut()
    assert talk.recv(10) == b""
    with pytest.raises(ConnectionResetError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5).recv(10)


def test_a_reset_ends_lines_without_a_word(proxy, talk):
    says(talk, b"hello")
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        talk.recv(10)
    eventually(lambda: proxy.connections == 0)
