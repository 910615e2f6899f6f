"""The direct road: a service's own ports, one after another, while the broker is away."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping

import httpx

from portico_kit.logs import log

MOST_LINES = 400  # whoever finds no line free waits for one, within their own deadline
KEPT = 1.0  # seconds: the shorter, the rarer is a line used whose end is being closed
ASIDE = 2.0  # seconds for which a copy that took nothing is asked after the others
AGAIN = 0.2  # seconds before all copies are asked once more, where none took the request
CONNECT_DEADLINE, LONGEST = 2.0, 30.0
LEAVING = 503


class NobodyThere(Exception):
    """No copy has taken the request; nothing was done."""


class NoAnswer(Exception):
    """A copy has taken the request and has not answered: it may have been done, or not."""


class DirectRoad:
    """Asks a service's copies in turn, beginning with another one each time."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """``addresses`` are those of a service's copies, with commas between."""
        self._addresses = {service: urls.split(",") for service, urls in addresses.items()}
        self._aside: dict[str, float] = {}
        self._turns = {service: itertools.count() for service in addresses}
        limits = httpx.Limits(max_connections=MOST_LINES, keepalive_expiry=KEPT)
        patience = httpx.Timeout(LONGEST, connect=CONNECT_DEADLINE)
        self._http = httpx.AsyncClient(timeout=patience, limits=limits)

    async def ask(
        self,
        service: str,
        method: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        harmless_twice: bool,
    ) -> bytes:
        """The reply's bytes; it has no deadline of its own. Raises NobodyThere, NoAnswer.

        A copy that stops, or is not there, has done nothing: the next is asked. One that hangs up
        may have done what was asked, and is followed by another only where that is harmless.
        """
        for pause in (0.0, AGAIN) if service in self else ():
            await asyncio.sleep(pause)
            for address in self._turn(service):
                reply = await self._try(f"{address}/rpc/{method}", body, headers, harmless_twice)
                if reply is not None:
                    return reply
                self._aside[address] = time.monotonic() + ASIDE
        raise NobodyThere

    def __contains__(self, service: str) -> bool:
        return service in self._addresses

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def _try(
        self, url: str, body: bytes, headers: Mapping[str, str], harmless_twice: bool
    ) -> bytes | None:
        """One copy's reply; None where another may be asked."""
        try:
            answer = await self._http.post(url, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return None
        except httpx.HTTPError as problem:
            log.warning("direct.hung_up", error=type(problem).__name__)
            if harmless_twice:
                return None
            raise NoAnswer from None
        if answer.status_code == LEAVING:
            return None
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer
        return answer.content

    def _turn(self, service: str) -> list[str]:
        """The addresses in the order to be asked in: those that took nothing lately are last."""
        addresses, now = self._addresses[service], time.monotonic()
        first = next(self._turns[service]) % len(addresses)
        return sorted(
            [*addresses[first:], *addresses[:first]],
            key=lambda address: self._aside.get(address, 0.0) > now,
        )
