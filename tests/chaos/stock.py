"""The baseline under the same storm: stock nameko services, started again whenever they die."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.baselines.stock import start_stock, stock_config, wait_for_web
from bench.event_flow import STOCK_TABLES
from portico_kit.ids import new_id
from tests.chaos.stage import Stage
from tests.chaos.wishes import Wish

TARGETS = {
    "stock_booker": "stock_events:StockBooker",
    "stock_listener": "stock_events:StockListener",
}
AGAIN_AFTER = 0.5  # seconds, as our own supervisor waits at first
QUEUE = "evt-stock_booker-visit_booked--stock_listener.heard"
STILL = 3.0  # seconds
LOST = (
    "SELECT count(*) FROM stock_visit v LEFT JOIN stock_delivery d ON d.visit_id = v.id "
    "WHERE d.visit_id IS NULL"
)


@dataclass
class Stock:
    """Two stock services and what keeps them running."""

    stage: Stage
    config: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ending: threading.Event = field(default_factory=threading.Event)
    seen: tuple[int, int, int] = (-1, 0, 0)
    since: float = 0.0

    def kill(self, name: str) -> int | None:
        """SIGKILL to one of them; None where it is down already."""
        process = self.running.get(name)
        if process is None or process.poll() is not None:
            return None
        os.kill(process.pid, signal.SIGKILL)
        return process.pid

    def visits(self) -> int:
        """How many visits its table has."""
        return int(self.stage.rows("bench", "SELECT count(*) FROM stock_visit")[0][0])

    def lost(self) -> int:
        """How many visits have not had their effect."""
        return int(self.stage.rows("bench", LOST)[0][0])

    def has_caught_up(self) -> bool:
        """Whether the listener listens, nothing waits for it, and no effect came for a while."""
        with self.stage.broker() as connection:
            queue = connection.channel().queue_declare(QUEUE, passive=True).method
        seen = (self.lost(), queue.message_count, queue.consumer_count)
        if seen != self.seen:
            self.seen, self.since = seen, time.monotonic()
        return seen[1:] == (0, 1) and time.monotonic() - self.since > STILL

    def keep(self, name: str) -> None:
        """Start one, and start it again when it dies, until all of them are ended."""
        while not self.ending.is_set():
            process = self.running[name] = start_stock(self.stage.house, TARGETS[name], self.config)
            while process.poll() is None and not self.ending.wait(0.05):
                pass
            if not self.ending.is_set():
                self.ending.wait(AGAIN_AFTER)
        self.running[name].kill()
        self.running[name].wait()


@contextmanager
def running_stock(stage: Stage) -> Iterator[Stock]:
    """Stock nameko on the stage's own servers, without a proxy between."""
    house = stage.house
    house.rows("DROP TABLE IF EXISTS stock_visit, stock_delivery")
    house.rows(STOCK_TABLES)
    with stock_config(house, database_url=house.admin_url()) as config:
        stock = Stock(stage, config)
        keepers = [threading.Thread(target=stock.keep, args=(name,)) for name in TARGETS]
        for keeper in keepers:
            keeper.start()
        try:
            wait_for_web(house)
            yield stock
        finally:
            stock.ending.set()
            for keeper in keepers:
                keeper.join()


def stock_wishes(count: int, *, clients: int) -> list[Wish]:
    """As many visits: stock services ask neither who nor when."""
    return [
        Wish(key=new_id().hex, client=n % clients, patient_id="", session="nobody", body={})
        for n in range(count)
    ]
