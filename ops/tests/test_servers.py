"""The private servers really start, answer, and keep to themselves."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pika
import psutil
import psycopg
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from portico_contracts.catalogue import promises
from portico_kit.topology import declare
from portico_ops.credentials import Credentials
from portico_ops.servers import PostgresServer, RabbitServer, free_port
from portico_ops.servers.process import record_pid, recorded_pid


def test_the_postgres_of_a_test_run_answers(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_broker_of_a_test_run_takes_a_quorum_queue(amqp_url: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    channel = connection.channel()
    channel.queue_declare("ops.proof", durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_delete("ops.proof")
    connection.close()


def test_postgres_keeps_its_data_over_a_stop_and_starts_only_once(tmp_path: Path) -> None:
    server = PostgresServer(folder=tmp_path / "pg", port=free_port(), password="p", durable=False)
    try:
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        first = server.pid()
        server.start()
        assert server.pid() == first
        server.stop()
        assert server.pid() is None
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        server.stop()


def test_the_last_word_of_a_postgres_that_was_killed_is_not_taken_for_the_next_ones(
    tmp_path: Path,
) -> None:
    server = PostgresServer(folder=tmp_path / "pg", port=free_port(), password="p", durable=False)
    try:
        server.start()
        last_word = (server.data / "postmaster.pid").read_text()
        server.stop()
        (server.data / "postmaster.pid").write_text(last_word)
        psycopg.connect(server.start()).close()
    finally:
        server.stop()


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials(tmp_path / "secrets")


@pytest.fixture
def broker(tmp_path: Path, credentials: Credentials) -> Iterator[RabbitServer]:
    server = RabbitServer(
        folder=tmp_path / "mq",
        port=free_port(),
        distribution_port=free_port(),
        epmd_port=free_port(),
        password="p",
        users=credentials.broker_users(),
    )
    server.start()
    yield server
    server.stop()


def refused(url: str, action: Callable[[BlockingChannel], object]) -> bool:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        action(channel)
    except ChannelClosedByBroker as problem:
        assert "ACCESS_REFUSED" in problem.reply_text
        return True
    finally:
        connection.close()
    return False


def test_a_broker_listens_on_loopback_only(broker: RabbitServer) -> None:
    listening = psutil.Process(broker.pid()).net_connections()
    assert {c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_each_account_can_do_what_it_must_and_nothing_as_another(
    broker: RabbitServer, credentials: Credentials
) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        declare(connection.channel(), promises())
    urls = credentials.broker_urls(broker.url, own_users=True)
    messaging, gateway = urls["messaging-amqp-url"], urls["gateway-amqp-url"]
    for doing in (
        lambda c: c.basic_publish("messaging.events", "x", b""),
        lambda c: c.basic_publish("audit", "rows", b""),
        lambda c: c.basic_publish("", "amq.rabbitmq.reply-to.x", b""),
        lambda c: c.basic_consume("messaging.normal", ignore),
        lambda c: c.basic_consume("messaging.dead", ignore),
        lambda c: c.basic_consume("rpc-messaging", ignore),
        lambda c: c.queue_declare("portico.unroutable", passive=True),
    ):
        assert not refused(messaging, doing)
    for doing in (
        lambda c: c.basic_publish("scheduling.events", "AppointmentBooked.v1", b""),
        lambda c: c.basic_publish("nameko-rpc", "scheduling.book_appointment", b""),
        lambda c: c.basic_consume("scheduling.normal", ignore),
        lambda c: c.basic_consume("rpc-scheduling", ignore),
        lambda c: c.basic_consume("identity.audit", ignore),
        lambda c: c.queue_declare("messaging.other"),
        lambda c: c.queue_declare(""),
        lambda c: c.exchange_declare("messaging.other", "topic"),
        lambda c: c.queue_bind("messaging.normal", "scheduling.events", "#"),
        lambda c: c.queue_purge("scheduling.normal"),
        lambda c: c.queue_delete("messaging.normal"),
    ):
        assert refused(messaging, doing)
    assert not refused(gateway, lambda c: c.basic_publish("nameko-rpc", "records.x", b""))
    assert not refused(gateway, hear_live_events)
    assert refused(gateway, lambda c: c.basic_publish("records.events", "x", b""))
    assert refused(gateway, lambda c: c.basic_consume("records.normal", ignore))


def hear_live_events(channel: BlockingChannel) -> None:
    queue = f"gateway.{uuid4().hex}"
    channel.queue_declare(queue, exclusive=True)
    channel.queue_bind(queue, "records.events", "#")
    channel.basic_consume(queue, ignore)
    channel.basic_consume("amq.rabbitmq.reply-to", ignore, auto_ack=True)


def ignore(*_: object) -> None:
    """Take a message, and do nothing with it."""


ANOTHER_CLOCK = """
import os, sys
from pathlib import Path
import psutil
from portico_ops.servers.process import recorded_pid

# As the kernel tells the time of its start once the clock was set by one second.
proc = Path(sys.argv[2])
for path in Path("/proc").iterdir():
    if path.name != "stat":
        (proc / path.name).symlink_to(path)
told = Path("/proc/stat").read_text()
began = psutil.boot_time()
(proc / "stat").write_text(told.replace(f"btime {began:.0f}", f"btime {began + 1:.0f}"))
psutil.PROCFS_PATH = str(proc)
print(recorded_pid(Path(sys.argv[1])))
"""


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="told by Linux alone")
def test_a_server_is_known_again_after_the_clock_was_set(tmp_path: Path) -> None:
    record_pid(tmp_path / "node.pid", os.getpid())
    assert recorded_pid(tmp_path / "node.pid") == os.getpid()
    (tmp_path / "proc").mkdir()
    program = [sys.executable, "-c", ANOTHER_CLOCK, tmp_path / "node.pid", tmp_path / "proc"]
    told = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(os.getpid())


def test_a_later_process_of_the_same_number_is_not_taken_for_it(tmp_path: Path) -> None:
    record_pid(tmp_path / "node.pid", os.getpid())
    pid, began = (tmp_path / "node.pid").read_text().split()
    (tmp_path / "node.pid").write_text(f"{pid} {float(began) - 1:.0f}\n")
    assert recorded_pid(tmp_path / "node.pid") is None
