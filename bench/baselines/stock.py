"""Running stock nameko services: one process each, as many workers as ours have."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.house import House
from portico_ops.home import CHECKOUT
from portico_ops.servers.ports import answers
from portico_ops.servers.process import last_lines

WORKERS = 20
READY_WITHIN = 90.0


class StockFailed(Exception):
    """A baseline did not start; the message holds the end of what it said."""


@contextmanager
def stock_services(
    house: House, *targets: str, database_url: str
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Each `module:Class` of `bench.baselines` in a process of its own, until the block ends."""
    with ExitStack() as stack:
        config = stack.enter_context(stock_config(house, database_url=database_url))
        yield [stack.enter_context(_running(house, target, config)) for target in targets]


@contextmanager
def stock_config(house: House, *, database_url: str) -> Iterator[Path]:
    """A file of settings for `nameko run`, until the block ends."""
    config = house.home.run / "stock.yaml"
    config.write_text(
        f"AMQP_URI: {house.amqp_url}\n"
        f"DATABASE_URL: {database_url.replace('postgresql:', 'postgresql+psycopg:', 1)}\n"
        f"WEB_SERVER_ADDRESS: 127.0.0.1:{house.spare_port}\n"
        f"max_workers: {WORKERS}\n"
    )
    yield config
    config.unlink()


def start_stock(house: House, target: str, config: Path) -> subprocess.Popen[bytes]:
    """One `module:Class` of `bench.baselines` in a process of its own."""
    module, _, name = target.partition(":")
    nameko = "from nameko.cli import cli; cli()"
    words = [sys.executable, "-W", "ignore", "-c", nameko, "run", "--config", str(config)]
    with (house.home.logs / "stock.log").open("ab") as output:
        return subprocess.Popen(
            [*words, f"bench.baselines.{module}:{name}"],
            stdout=output, stderr=output, cwd=CHECKOUT,
        )  # fmt: skip


@contextmanager
def _running(house: House, target: str, config: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_stock(house, target, config)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for_web(house: House) -> None:
    """Return once the web server of a baseline accepts connections."""
    deadline = time.monotonic() + READY_WITHIN
    while not answers(house.spare_port):
        if time.monotonic() > deadline:
            raise StockFailed(last_lines(house.home.logs / "stock.log"))
        time.sleep(0.1)
