"""Running stock nameko services: one process each, as many workers as ours have."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.house import House
from portico_ops.servers.ports import answers
from portico_ops.servers.process import last_lines

WORKERS = 20
READY_WITHIN = 30.0


class StockFailed(Exception):
    """A baseline did not start; the message holds the end of what it said."""


@contextmanager
def stock_services(
    house: House, *targets: str, database_url: str
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Each `module:Class` of `bench.baselines` in a process of its own, until the block ends."""
    log = house.home.logs / "stock.log"
    config = house.home.run / "stock.yaml"
    config.write_text(
        f"AMQP_URI: {house.amqp_url}\n"
        f"DATABASE_URL: {database_url.replace('postgresql:', 'postgresql+psycopg:', 1)}\n"
        f"WEB_SERVER_ADDRESS: 127.0.0.1:{house.spare_port}\n"
        f"max_workers: {WORKERS}\n"
    )
    with ExitStack() as stack:
        stack.callback(config.unlink)
        yield [stack.enter_context(_running(t, config, log)) for t in targets]


@contextmanager
def _running(target: str, config: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    module, _, name = target.partition(":")
    nameko = "from nameko.cli import cli; cli()"
    words = [sys.executable, "-W", "ignore", "-c", nameko, "run", "--config", str(config)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*words, f"bench.baselines.{module}:{name}"], stdout=output, stderr=output
        )
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
