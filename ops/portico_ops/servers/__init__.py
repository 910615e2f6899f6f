"""Private PostgreSQL and RabbitMQ servers: this checkout's own, on loopback, never the system's.

    postgres = PostgresServer(folder=Path(".portico/postgres"), port=8432, password="…")
    url = postgres.start()      # makes the cluster if there is none; returns once it answers
    postgres.stop()

    broker = RabbitServer(folder=Path(".portico/rabbitmq"), port=8672, password="…")
    url = broker.start()

Both are idempotent: starting a running server changes nothing.
"""

from portico_ops.servers.ports import free_port
from portico_ops.servers.postgres import PostgresServer
from portico_ops.servers.process import ServerFailed
from portico_ops.servers.rabbitmq import BrokerUser, RabbitServer

__all__ = ["BrokerUser", "PostgresServer", "RabbitServer", "ServerFailed", "free_port"]
