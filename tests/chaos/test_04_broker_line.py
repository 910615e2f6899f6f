"""The line to the broker leads nowhere, or the broker reads no more: nobody waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import pika
import pytest

from gateway.clients.broker import Away, Broker, Lost
from tests.chaos.proxy import Proxy

SILENT_WITHIN = 4.0  # seconds: what a request may lose before it takes the direct road


@pytest.fixture
def line(declared_broker: str, seed: int) -> Iterator[tuple[Proxy, str]]:
    """A proxy in front of the broker of the test run, and the address through it."""
    parts = urlsplit(declared_broker)
    with Proxy(to_port=parts.port or 5672, seed=seed) as proxy:
        login = parts.netloc.rpartition("@")[0]
        yield proxy, urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}"))


@pytest.fixture
def silent_service(declared_broker: str) -> Iterator[str]:
    """The name of a service with a request queue that nobody reads."""
    with pika.BlockingConnection(pika.URLParameters(declared_broker)) as connection:
        channel = connection.channel()
        channel.queue_declare("rpc-silent", durable=True)
        channel.queue_bind("rpc-silent", "nameko-rpc", "silent.*")
        yield "silent"
        channel.queue_delete("rpc-silent")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Broker]:
    broker = Broker(url, heard=lambda _body: None, listening=lambda: None)
    broker.start()
    await asyncio.wait_for(broker.ready.wait(), 10)
    yield broker
    broker.stop()


async def asked(broker: Broker, service: str, *, twice: bool, seconds: float = 6.0) -> float:
    """Seconds until a request that nobody answers is given up."""
    began = time.monotonic()
    with pytest.raises((Lost, TimeoutError)):
        await broker.call(service, "look", b"{}", {}, seconds=seconds, twice=twice)
    return time.monotonic() - began


@pytest.mark.asyncio
@pytest.mark.parametrize("ways", [(), ("requests",), ("answers",)])
async def test_a_request_in_a_hole_is_given_up_soon_and_the_next_ones_do_not_wait(
    line, silent_service, ways
):
    proxy, url = line
    async with connected(url) as broker:
        proxy.black_hole(*ways)
        assert await asked(broker, silent_service, twice=True) < SILENT_WITHIN
        with pytest.raises(Away):
            await broker.call(silent_service, "look", b"{}", {}, seconds=6)
        proxy.heal()
        async with asyncio.timeout(10):
            while not broker.takes_requests:
                await asyncio.sleep(0.05)


@pytest.mark.asyncio
async def test_a_request_that_must_not_be_sent_twice_waits_for_its_answer(line, silent_service):
    proxy, url = line
    async with connected(url) as broker:
        proxy.black_hole("answers")
        assert await asked(broker, silent_service, twice=False, seconds=3) >= 3


@pytest.mark.asyncio
async def test_a_slow_service_behind_a_broker_that_lives_is_waited_for(line, silent_service):
    _, url = line
    async with connected(url) as broker:
        assert await asked(broker, silent_service, twice=True, seconds=3) >= 3
        assert broker.takes_requests
