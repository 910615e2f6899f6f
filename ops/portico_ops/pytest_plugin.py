"""PostgreSQL and RabbitMQ for tests: `postgres_url` and `amqp_url`, started when first asked for.

Each comes from the first of these that there is: the environment (PORTICO_POSTGRES_URL,
PORTICO_AMQP_URL), a Docker engine (testcontainers), a process of this run's own under
.portico/test/ on free ports. The address is an administrator's.
"""

import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from portico_ops.servers import PostgresServer, RabbitServer, free_port

PASSWORD = "only-for-tests"  # noqa: S105


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """The superuser's address of a PostgreSQL server for this run."""
    if given := os.environ.get("PORTICO_POSTGRES_URL"):
        yield given
    elif docker_answers():
        yield from _postgres_container()
    else:
        yield from _local_postgres(own_folder(pytestconfig.rootpath) / "postgres")


@pytest.fixture(scope="session")
def amqp_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """An administrator's address of a RabbitMQ broker for this run."""
    if given := os.environ.get("PORTICO_AMQP_URL"):
        yield given
    elif docker_answers():
        yield from _rabbit_container()
    else:
        yield from _local_rabbit(own_folder(pytestconfig.rootpath) / "rabbitmq")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take this run's folder away; its servers have ended with their fixtures."""
    shutil.rmtree(_folders(config.rootpath) / _run_name(psutil.Process()), ignore_errors=True)


@functools.cache
def docker_answers() -> bool:
    """True when a Docker engine is there and says so within two seconds."""
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=2)
        return bool(client.ping())
    except (DockerException, OSError):
        return False


@functools.cache
def own_folder(root: Path) -> Path:
    """A folder no other run uses; what runs that were killed left behind is ended first."""
    _sweep(_folders(root))
    mine = _folders(root) / _run_name(psutil.Process())
    mine.mkdir(parents=True, exist_ok=True)
    return mine


def _folders(root: Path) -> Path:
    return root / ".portico" / "test"


def _run_name(process: psutil.Process) -> str:
    return f"{process.pid}-{process.create_time():.0f}"


def _lives(run_name: str) -> bool:
    pid, _, started = run_name.partition("-")
    try:
        # A clock that is set again moves every process's time of start by a little.
        return abs(psutil.Process(int(pid)).create_time() - float(started)) < 3
    except (ValueError, psutil.NoSuchProcess):
        return False


def _sweep(folders: Path) -> None:
    for folder in folders.glob("*-*"):
        if not _lives(folder.name):
            PostgresServer(folder=folder / "postgres", port=0, password="").stop(seconds=5)
            _rabbit(folder / "rabbitmq", ports=(0, 0, 0)).stop(seconds=5)
            shutil.rmtree(folder, ignore_errors=True)


def _local_postgres(folder: Path) -> Iterator[str]:
    server = PostgresServer(folder=folder, port=free_port(), password=PASSWORD, durable=False)
    try:
        yield server.start()
    finally:
        server.stop()


def _local_rabbit(folder: Path) -> Iterator[str]:
    server = _rabbit(folder, ports=(free_port(), free_port(), free_port()))
    try:
        yield server.start()
    finally:
        server.stop()


def _rabbit(folder: Path, *, ports: tuple[int, int, int]) -> RabbitServer:
    port, distribution, epmd = ports
    return RabbitServer(
        folder=folder,
        port=port,
        password=PASSWORD,
        distribution_port=distribution,
        epmd_port=epmd,
    )


def _postgres_container() -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer("postgres:18", driver=None) as container:
        yield container.get_connection_url()


def _rabbit_container() -> Iterator[str]:
    from testcontainers.rabbitmq import RabbitMqContainer

    with RabbitMqContainer("rabbitmq:4") as container:
        host, port = container.get_container_host_ip(), container.get_exposed_port(container.port)
        yield f"amqp://{container.username}:{container.password}@{host}:{port}/"
