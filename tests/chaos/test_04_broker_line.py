"""The line to the broker leads nowhere, or the broker reads no more: nobody waits for it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import httpx
import pika
import pytest

from gateway.clients.broker import Away, Broker, Lost
from portico_kit.testing.waiting import eventually
from portico_ops.lifecycle import fares
from tests.chaos.clients import Load
from tests.chaos.proxy import Proxy
from tests.chaos.readiness import lines_to_the_broker, lost_since
from tests.chaos.stage import Stage
from tests.chaos.wishes import gather

CLIENTS = 10
NOTICED_WITHIN = 25.0
SLACK = 5.0  # seconds: for a machine that has other things to do
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


@pytest.mark.parametrize("ways", [(), ("requests",), ("answers",)], ids=["both", "there", "back"])
def test_a_hole_is_noticed_by_every_process_while_patients_go_on_booking(
    stage, oracle, seed, length, notes, ways
):
    if ways and not length.long:
        pytest.skip("the long form has holes of one way")
    bookings, pace = length.of(short=(300, 1.0), long=(600, 0.5))
    wishes = gather(stage, bookings=bookings, seed=seed, clients=CLIENTS)
    with Load(wishes, ports=stage.gateway_ports, seed=seed, pace=pace) as load:
        eventually(lambda: load.answered >= CLIENTS, within=60)
        began = time.time()
        stage.proxies["broker"].black_hole(*ways)
        try:
            eventually(
                lambda: None not in lost_since(stage, began).values(),
                within=2 * NOTICED_WITHIN,
                what="the hole noticed by every process",
                every=0.25,
            )
        finally:
            stage.proxies["broker"].heal()
        noticed = max(seconds or 0 for seconds in lost_since(stage, began).values())
        healed = time.monotonic()
        eventually(lambda: all(lines_to_the_broker(stage).values()), within=60, every=0.2)
        again = time.monotonic() - healed
        log = load.stop(within=60)
    settled = oracle.wait_until_right(log, within=length.to_settle())
    waits = sorted(a.ended_at - a.asked_at for a in log.attempts)
    notes.note("hole noticed by every process", noticed, "s", wanted="≤ 25 s",
               holds=lambda s: s <= NOTICED_WITHIN + SLACK)  # fmt: skip
    notes.note("consuming again after the hole", again, "s", wanted="≤ 15 s",
               holds=lambda s: s <= 15 + SLACK)  # fmt: skip
    notes.note("longest wait of a patient", waits[-1], "s", wanted="< 8 s", holds=lambda s: s < 8)
    notes.note("requests that waited longer than a second", sum(w > 1 for w in waits), "requests")
    notes.note("bookings while the hole was there", len(log.accepted), "bookings")
    notes.note("settled after the hole", settled, "s")
    assert Counter(a.status for a in log.attempts).keys() <= {201, 409}


OLDEST = (
    "SELECT coalesce(extract(epoch FROM now() - min(occurred_at)), 0) FROM outbox "
    "WHERE published_at IS NULL"
)
ALARMS = {
    "memory": (("set_vm_memory_high_watermark", "0.00001"),
               ("set_vm_memory_high_watermark", "absolute", "400MB")),
    "disk": (("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "200MB")),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_while_the_broker_has_an_alarm_no_request_hangs_and_the_relay_says_blocked(
    stage, oracle, seed, length, notes, kind
):
    if kind == "disk" and not length.long:
        pytest.skip("the long form has the disk's alarm too")
    raised, cleared = ALARMS[kind]
    bookings, pace = length.of(short=(300, 1.0), long=(600, 0.5))
    wishes = gather(stage, bookings=bookings, seed=seed, clients=CLIENTS)
    broker, said_before = stage.servers["rabbitmq"], stage.logs().count("relay.blocked")
    with Load(wishes, ports=stage.gateway_ports, seed=seed, pace=pace) as load:
        eventually(lambda: load.answered >= CLIENTS, within=60)
        try:
            broker.control(*raised)
            eventually(
                lambda: stage.logs().count("relay.blocked") > said_before, within=60, every=0.1
            )
            eventually(lambda: blocked_by_metric(stage), within=10, what="the metric", every=0.1)
            before = load.answered
            eventually(lambda: load.answered >= before + 2 * CLIENTS, within=60)
            assert blocked_by_metric(stage)
        finally:
            broker.control(*cleared)
        began = time.monotonic()
        eventually(lambda: oldest_waiting(stage) < 2, within=60, what="the backlog gone", every=0.1)
        drained = time.monotonic() - began
        eventually(lambda: not blocked_by_metric(stage), within=60, every=0.1)
        log = load.stop(within=60)
    oracle.wait_until_right(log, within=max(90, length.to_settle()))
    waits = sorted(a.ended_at - a.asked_at for a in log.attempts)
    notes.note(f"longest wait of a patient ({kind})", waits[-1], "s", wanted="< 8 s",
               holds=lambda s: s < 8)  # fmt: skip
    notes.note(f"drained after the alarm ({kind})", drained, "s", wanted="≤ 10 s",
               holds=(lambda s: s <= 10) if length.long else None)  # fmt: skip
    assert {a.status for a in log.attempts} <= {201, 409}


def oldest_waiting(stage: Stage) -> float:
    """Seconds for which scheduling's oldest event has waited to be published."""
    return float(stage.rows("scheduling", OLDEST)[0][0])


def blocked_by_metric(stage: Stage) -> bool:
    """Whether the relay's metric says that the broker has asked it to pause."""
    port = next(fare.port for fare in fares(stage.home) if fare.name == "relay")
    told = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    return any(
        line.startswith("portico_relay_blocked{") and line.endswith(" 1.0")
        for line in told.splitlines()
    )
