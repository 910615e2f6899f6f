"""A toy service that notes each tick of its timer: which process, and when by the database."""

from __future__ import annotations

import os
from typing import Any

import eventlet
import sqlalchemy as sa

from portico_kit.service import Database, timer

PERIOD = 1.0
AT_WORK = 0.2  # seconds that each tick takes: time enough to be killed at it

metadata = sa.MetaData()
tick = sa.Table(
    "tick",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
)


class Timekeeper:
    """Ticks once a second, however many copies run."""

    name = "timekeeper"
    database = Database()

    @timer(seconds=PERIOD)
    def tick(self, tx: Any) -> None:
        began_at = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        eventlet.sleep(AT_WORK)
        tx.execute(sa.insert(tick).values(pid=os.getpid(), began_at=began_at))
