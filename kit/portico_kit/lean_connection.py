"""A connection to the broker from asyncio that writes once where pika writes three times.

pika hands the method, the header and the body of every message to the socket apart, and the
broker wakes up for each. Here whatever is published in one turn of the loop leaves in one write.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pika.adapters.asyncio_connection import AsyncioConnection


class LeanConnection(AsyncioConnection):
    """pika's own connection on asyncio, but for its writing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._unwritten: list[bytes] = []
        super().__init__(*arguments, **options)

    def _adapter_emit_data(self, data: bytes) -> None:
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._write)
        self._unwritten.append(data)

    def _write(self) -> None:
        data = b"".join(self._unwritten)
        self._unwritten.clear()
        # The socket may have gone since; then whoever waits for an answer is told by the loss.
        if self._transport is not None:
            super()._adapter_emit_data(data)
