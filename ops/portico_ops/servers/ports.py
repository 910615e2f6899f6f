"""Loopback ports: finding a free one and seeing whether one answers."""

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody held a moment ago; the kernel does not hand it out again at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """True when something accepts connections on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
