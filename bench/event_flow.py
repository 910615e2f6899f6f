"""commit_to_effect: from the commit of a booking to the commit of what notifications does about it.

Both moments are PostgreSQL's own (`track_commit_timestamp`): one server, so one clock. Idle means
one booking at a time, with a pause after each.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bench.baselines.stock import stock_services, wait_for_web
from bench.figures import Figure, figure, middle, percentile
from bench.filling import Diary, Patient, free_times
from bench.house import House
from bench.load import post

PAUSE = 0.15  # seconds between two bookings
HEARD_WITHIN = 20.0

# The outbox row is touched again when it has left, so its first transaction is in a column.
ANNOUNCED = (
    "SELECT event_id, pg_xact_commit_timestamp(xid::xid) FROM outbox "
    "WHERE name = 'AppointmentBooked' AND occurred_at >= %s"
)
HEARD = (
    "SELECT event_id, pg_xact_commit_timestamp(xmin) FROM inbox "
    "WHERE subscription = 'notifications.on_visit_booked'"
)
STOCK_TABLES = (
    "CREATE TABLE stock_visit (id uuid PRIMARY KEY); "
    "CREATE TABLE stock_delivery (visit_id uuid PRIMARY KEY)"
)
STOCK = (
    "SELECT extract(epoch FROM pg_xact_commit_timestamp(d.xmin) "
    "- pg_xact_commit_timestamp(v.xmin)) * 1000 "
    "FROM stock_visit v JOIN stock_delivery d ON d.visit_id = v.id"
)


class NotHeard(Exception):
    """An event did not have its effect in time."""


def measure(
    house: House,
    people: Sequence[Patient],
    diary: Diary,
    *,
    provider: int,
    bookings: int,
    rounds: int,
) -> list[Figure]:
    """Ours and stock nameko's publish-after-commit in turn; all rounds taken together."""
    times = iter(free_times(bookings * rounds))
    began = house.rows("SELECT now()")[0][0]
    house.rows(STOCK_TABLES)
    heard = 0
    with stock_services(
        house, "stock_events:StockBooker", "stock_events:StockListener",
        database_url=house.admin_url(),
    ):  # fmt: skip
        wait_for_web(house)
        _warm(house)
        for _ in range(rounds):
            for _ in range(bookings):
                wish = diary.wish(provider, next(times))
                _book(house, people[heard % len(people)], wish)
                heard += 1
            for _ in range(bookings):
                _send(house.spare_port, "/visits", {}, "")
                time.sleep(PAUSE)
        ours = _when_complete(lambda: _ours(house, began), count=heard)
        theirs = _when_complete(lambda: _stock(house), count=heard)
    return _figures(ours, theirs)


def _figures(ours: Sequence[float], theirs: Sequence[float]) -> list[Figure]:
    return [
        figure("commit_to_effect", percentile(ours, 95), "ms (p95)",
               baseline=percentile(theirs, 95), wanted="≤ 250 ms idle",
               holds=lambda value: value <= 250),
        figure("commit_to_effect_p50", middle(ours), "ms", baseline=middle(theirs)),
    ]  # fmt: skip


def _book(house: House, patient: Patient, wish: dict[str, str]) -> None:
    _send(house.port, "/api/v1/visits", wish, patient.session)
    time.sleep(PAUSE)


def _send(port: int, path: str, body: object, session: str) -> None:
    # `post` writes a whole request; urllib wants it in parts.
    head, _, text = post(path, body, session=session or None).partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    address = f"http://127.0.0.1:{port}{path}"
    request = urllib.request.Request(address, data=text.encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


def _warm(house: House) -> None:
    """Until the listener's queue is there, stock events go nowhere: ask until one arrives."""
    for _ in range(50):
        _send(house.spare_port, "/visits", {}, "")
        time.sleep(0.2)
        if _stock(house):
            break
    house.rows("TRUNCATE stock_visit, stock_delivery")


def _ours(house: House, since: datetime) -> list[float]:
    announced = house.rows(ANNOUNCED, (since,), database="scheduling")
    heard: dict[Any, datetime] = dict(house.rows(HEARD, database="notifications"))
    return [
        (heard[event_id] - at).total_seconds() * 1000
        for event_id, at in announced
        if event_id in heard
    ]


def _stock(house: House) -> list[float]:
    return [float(row[0]) for row in house.rows(STOCK)]


def _when_complete(look: Callable[[], list[float]], *, count: int) -> list[float]:
    deadline = time.monotonic() + HEARD_WITHIN
    while len(found := look()) < count:
        if time.monotonic() > deadline:
            raise NotHeard(f"{len(found)} of {count}")
        time.sleep(0.2)
    return found
