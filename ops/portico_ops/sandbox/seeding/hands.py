"""One transaction of a service's database, in which many people act at many times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from portico_kit.access import SYSTEM, Actor
from portico_kit.database import Store, Transaction


@dataclass(frozen=True)
class Hands:
    """All that is written through these commits together, or not at all."""

    store: Store
    connection: Connection

    def of(
        self,
        actor: Actor = SYSTEM,
        *,
        at: datetime,
        patient_id: UUID | None = None,
        without_events: bool = True,
    ) -> Transaction:
        """What a command takes, as if `actor` had called it at that moment.

        Nobody hears of it, as a rule (`without_events`): the past is no news.
        """
        return Transaction(
            self.connection,
            actor=actor,
            now=at,
            sealer=self.store.sealer,
            config=self.store.config,
            patient_id=patient_id if patient_id is not None else actor.patient_id,
            without_events=without_events,
        )


@contextmanager
def hands(store: Store) -> Iterator[Hands]:
    """Begin; commit at the end, or roll back on any error."""
    with store.engine.begin() as connection:
        yield Hands(store, connection)
