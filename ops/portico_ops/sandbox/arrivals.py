"""Lets a reader wait for the next message instead of asking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Arrivals:
    """Rings whenever a mail or a text has been kept."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Wake everyone who waits."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def wait_for(self, look: Callable[[], list[Found]], *, seconds: float) -> list[Found]:
        """What `look` finds; looks again at each arrival until it finds something or time is up."""
        found = look()
        if found or seconds <= 0:
            return found
        try:
            async with asyncio.timeout(seconds):
                while not found:
                    await self._bell.wait()
                    found = look()
        except TimeoutError:
            return look()
        return found
