"""Asking a process how it fares, with no more than a socket."""

import asyncio
import socket
from http import HTTPStatus

LOOPBACK = "127.0.0.1"


async def answers(port: int, path: str, *, seconds: float) -> bool:
    """True when GET `path` on this loopback port is answered with 200 in time."""
    try:
        async with asyncio.timeout(seconds):
            return await _status(port, path) == HTTPStatus.OK
    except (OSError, TimeoutError, ValueError):
        return False


def is_ready(port: int, *, seconds: float = 3) -> bool:
    """True when GET /ready on this loopback port is answered with 200 in time."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=seconds) as connection:
            connection.sendall(_request("/ready"))
            return _code(connection.recv(64)) == HTTPStatus.OK
    except (OSError, ValueError):
        return False


async def _status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(_request(path))
        return _code(await reader.readline())
    finally:
        writer.close()


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode()


def _code(first_line: bytes) -> int:
    """The number in `HTTP/1.1 200 OK`; ValueError for anything else."""
    words = first_line.split()
    if len(words) < 2:
        raise ValueError("no status line")
    return int(words[1])
