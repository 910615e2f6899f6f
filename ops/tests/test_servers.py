"""The private servers really start, answer, and keep to themselves."""

from pathlib import Path

import pika
import psutil
import psycopg
import pytest

from portico_ops.servers import BrokerUser, PostgresServer, RabbitServer, free_port


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


@pytest.fixture
def broker(tmp_path: Path) -> RabbitServer:
    narrow = BrokerUser(
        name="billing", password="b", configure=r"^billing\.", write=r"^billing\.", read="^$"
    )
    return RabbitServer(
        folder=tmp_path / "mq",
        port=free_port(),
        distribution_port=free_port(),
        epmd_port=free_port(),
        password="p",
        users=[narrow],
    )


def test_a_broker_listens_on_loopback_only_and_holds_users_to_their_own(
    broker: RabbitServer,
) -> None:
    try:
        broker.start()
        listening = psutil.Process(broker.pid()).net_connections()
        assert {c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
        address = pika.URLParameters(broker.url_for("billing", "b"))
        connection = pika.BlockingConnection(address)
        connection.channel().exchange_declare("billing.events", "topic")
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
            connection.channel().exchange_declare("records.events", "topic")
        connection.close()
    finally:
        broker.stop()
