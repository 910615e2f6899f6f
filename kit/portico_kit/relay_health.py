"""The relay's health port: /live, /ready, /metrics over plain asyncio."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from .relay import Relay

DEADLINE = 5.0


async def answer_health(relays: list[Relay], *, port: int) -> asyncio.Server:
    """Serve the relays' state on a loopback port (``PORTICO_BIND`` for another)."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), DEADLINE)
            writer.write(_reply(line.split(b" ")[1:2], relays))
            await asyncio.wait_for(writer.drain(), DEADLINE)
        except (TimeoutError, OSError, ValueError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, os.environ.get("PORTICO_BIND", "127.0.0.1"), port)


def _reply(path: list[bytes], relays: list[Relay]) -> bytes:
    status, body, kind = b"200 OK", b"", "application/json"
    if path == [b"/metrics"]:
        # Prometheus takes no figures whose form is not named.
        body, kind = generate_latest(), CONTENT_TYPE_LATEST
    elif path == [b"/live"]:
        body = b'{"ok":true}'
    elif path == [b"/ready"]:
        state = {r.service: r.ready for r in relays}
        body = orjson.dumps({"ok": all(state.values()), **state})
        status = b"200 OK" if all(state.values()) else b"503 Service Unavailable"
    else:
        status = b"404 Not Found"
    head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, kind.encode(), len(body)) + body
