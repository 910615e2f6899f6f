"""A toy service to poison and to overrun: it hears its own events, in each of the three lanes."""

from __future__ import annotations

import os
import signal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID as Id

from portico_contracts import failures
from portico_contracts.event import event
from portico_contracts.fields import Plain
from portico_kit.service import Database, Service, subscribe

SLOWLY = 0.02  # seconds that one of the many takes

failures.declare("drill", module=__name__)


@event("drill", aggregate="thing_id", heard_by=("drill",))
class StepTaken:
    """A step of many."""

    thing_id: Plain[UUID]
    number: Plain[int]


@event("drill", aggregate="thing_id", heard_by=("drill",), lane="urgent")
class AlarmRaised:
    """Somebody waits for this one."""

    thing_id: Plain[UUID]
    number: Plain[int]


@event("drill", aggregate="thing_id", heard_by=("drill",), lane="bulk")
class NewsTold:
    """One of very many that nobody waits for."""

    thing_id: Plain[UUID]
    number: Plain[int]


metadata = sa.MetaData()
effect = sa.Table(
    "effect",
    metadata,
    sa.Column("order", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("thing_id", Id, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")),
)
# Which steps are poison, and what they do to whoever takes them: "raises" or "exits".
poison = sa.Table(
    "poison",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("does", sa.Text, nullable=False),
)


class Drill(Service):
    """Notes what it hears."""

    name = "drill"
    database = Database()

    @subscribe(StepTaken)
    def on_step(self, tx: Any, event: Any) -> None:
        does = tx.execute(sa.select(poison.c.does).where(poison.c.number == event.number)).scalar()
        if does == "exits":
            os.kill(os.getpid(), signal.SIGKILL)
        if does == "raises":
            raise ValueError(f"canary {event.number}")
        note(tx, "step", event)

    @subscribe(AlarmRaised)
    def on_alarm(self, tx: Any, event: Any) -> None:
        note(tx, "alarm", event)

    @subscribe(NewsTold)
    def on_news(self, tx: Any, event: Any) -> None:
        tx.execute(sa.select(sa.func.pg_sleep(SLOWLY)))
        note(tx, "news", event)


def note(tx: Any, kind: str, event: Any) -> None:
    """Write down that it had its effect."""
    row = {"thing_id": event.thing_id, "kind": kind, "number": event.number}
    tx.execute(sa.insert(effect).values(**row))
