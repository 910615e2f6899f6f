"""The database of one service: its tables, its engine, and the transaction of an entrypoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool, QueuePool

from portico_contracts.event import Envelope
from portico_contracts.refusal import NotFound, Unavailable

from . import audit, outbox
from .access import SYSTEM, Actor
from .clock import now as this_moment
from .fail_points import reach
from .sealing import Keys, Sealer
from .tables import service_metadata

if TYPE_CHECKING:
    from .settings import Settings

__all__ = [
    "Silent",
    "Transaction",
    "connect",
    "is_away",
    "is_contended",
    "open_transaction",
    "service_metadata",
]

# Deadlines: no statement, lock or forgotten transaction may hold a connection for long.
OPTIONS = (
    "-c statement_timeout=15000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
)

# Two seconds: a caller is told that the database is away, not left to wait (the shortest that
# libpq knows). A line that nobody is at the other end of is given up by the kernel: after ten
# seconds without an acknowledgement, or half a minute of silence. (See also green.SILENCE.)
LINE = {
    "connect_timeout": 2,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}

_CLOCK = text("SELECT clock_timestamp()")


class Silent(Exception):
    """The database gives no sign of life, and is asked nothing until it does (see silence.py)."""


def connect(url: str, *, connections: int = 12, pooled: bool = True) -> Engine:
    """An engine on psycopg 3 with deadlines; ``url`` is ``postgresql://…``."""
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    arguments = {"options": OPTIONS, **LINE}
    if not pooled:
        return create_engine(url, poolclass=NullPool, connect_args=arguments)
    return create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=2,
        pool_use_lifo=True,
        connect_args=arguments,
    )


def is_away(problem: BaseException) -> bool:
    """Whether an error means that the database does not answer (rather than: refuses)."""
    if isinstance(problem, PoolTimeout | Unavailable | Silent):
        return True
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        return True
    # Class 57P: the server shuts down or starts; 53: out of resources; 08: connection
    # (PostgreSQL, appendix A).
    state = _state(problem)
    return isinstance(problem, OperationalError) and (
        state == "" or state.startswith(("57P", "53", "08"))
    )


def is_contended(problem: BaseException) -> bool:
    """Whether others were in the way: a lock or statement took too long, or there was a deadlock.

    The same work may well succeed a moment later.
    """
    return _state(problem) in ("55P03", "57014", "40P01", "40001")


def _state(problem: BaseException) -> str:
    return getattr(getattr(problem, "orig", None), "sqlstate", None) or ""


class Transaction:
    """What a command works with: one database transaction, who acts, for whom, and when."""

    def __init__(
        self,
        connection: Connection,
        *,
        actor: Actor,
        now: datetime,
        sealer: Sealer | None = None,
        config: Any = None,
        patient_id: UUID | None = None,
        without_events: bool = False,
        told: bool = True,
    ) -> None:
        self.connection = connection
        self.actor = actor
        self.now = now
        self._told = told
        self.config = config
        # The event that is being reacted to, with its id and time; None in calls and timers.
        self.envelope: Envelope | None = None
        self.concerned: list[UUID] = [patient_id] if patient_id else []
        self.way = ""
        self._patient_id = patient_id
        self._sealer = sealer
        self._keys: Keys = {}
        self._without_events = without_events
        self._afterwards: list[Callable[[], None]] = []

    @property
    def patient_id(self) -> UUID:
        """The patient whom this call is about. Raises NotFound where there is none."""
        if self._patient_id is None:
            raise NotFound
        return self._patient_id

    @property
    def careful_now(self) -> datetime:
        """The earlier of our clock and the database's, for what cannot be undone: one of them may
        be wrong, and nothing is due before it is due by both. A transaction that was told its
        moment keeps to it.
        """
        return min(self.now, self.shared_now)

    @property
    def shared_now(self) -> datetime:
        """The database's clock, the same for all copies: for leases, and for what has come due.
        A transaction that was told its moment keeps to it.
        """
        if self._told:
            return self.now
        theirs: datetime = self.execute(_CLOCK).scalar_one()
        return theirs

    @property
    def told_now(self) -> datetime | None:
        """The moment that this transaction was told; None where it goes by the database's clock,
        for statements that ask it themselves.
        """
        return self.now if self._told else None

    def execute(self, statement: Any, parameters: Any = None) -> CursorResult[Any]:
        """Run a SQLAlchemy statement in this transaction."""
        return self.connection.execute(statement, parameters)

    def announce(self, event: Any) -> None:
        """Write an event to the outbox: it leaves if, and only if, this transaction commits."""
        if not self._without_events:
            outbox.write(self.connection, event, occurred_at=self.now)

    def concerns(self, *patient_ids: UUID) -> None:
        """Say whose record was touched, where the request itself does not: for the audit row."""
        self.concerned.extend(p for p in patient_ids if p not in self.concerned)

    def by_way_of(self, way: str) -> None:
        """Say in which way it was done, where that matters: a code, which the audit row keeps."""
        self.way = way

    def seal(self, patient_id: UUID, plain: str) -> bytes:
        """Ciphertext of free text about a patient, for a ``bytea`` column."""
        return self._seals.seal(self.connection, patient_id, plain, keys=self._keys)

    def unseal(self, patient_id: UUID, sealed: bytes) -> str:
        """The text again. Raises sealing.SealBroken."""
        return self._seals.unseal(self.connection, patient_id, sealed, keys=self._keys)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Call ``action`` once this transaction has committed; it must not fail or wait."""
        self._afterwards.append(action)

    @property
    def _seals(self) -> Sealer:
        if self._sealer is None:
            raise RuntimeError("this transaction was opened without master keys")
        return self._sealer

    def committed(self) -> None:
        """Called by whoever opened the transaction, right after its commit."""
        if self._sealer is not None:
            self._sealer.remember(self._keys)
        for action in self._afterwards:
            action()


class Store:
    """The one door to a service's database: opens transactions, knows nothing of transports."""

    def __init__(self, engine: Engine, *, sealer: Sealer | None = None, config: Any = None) -> None:
        self.engine = engine
        self.sealer = sealer
        self.config = config
        self.silent = False  # whether the database gives no sign of life

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """The store that a service's settings describe."""
        engine = connect(settings.database_url, connections=settings.database_connections)
        return cls(engine, sealer=Sealer(settings.master_keys), config=settings)

    @contextmanager
    def transaction(
        self,
        *,
        actor: Actor = SYSTEM,
        now: datetime | None = None,
        patient_id: UUID | None = None,
        trail: audit.Trail | None = None,
        without_events: bool = False,
    ) -> Iterator[Transaction]:
        """Begin, hand out a Transaction, write its audit row, commit. Rolls back on any error.

        Raises Silent.
        """
        if self.silent:
            raise Silent
        with self.engine.begin() as connection:
            tx = Transaction(
                connection,
                actor=actor,
                now=now or this_moment(),
                sealer=self.sealer,
                config=self.config,
                patient_id=patient_id,
                without_events=without_events,
                told=now is not None,
            )
            yield tx
            if trail is not None:
                audit.write(connection, trail, tx)
            reach("before_commit")
        reach("after_commit")
        tx.committed()


@contextmanager
def open_transaction(
    url: str,
    *,
    actor: Actor = SYSTEM,
    now: datetime | None = None,
    master_keys: str | None = None,
    patient_id: UUID | None = None,
    config: Any = None,
    trail: audit.Trail | None = None,
    without_events: bool = False,
) -> Iterator[Transaction]:
    """A single transaction for tools and tests; ``without_events``, for the past, tells nobody."""
    engine = connect(url, pooled=False)
    store = Store(engine, sealer=Sealer(master_keys) if master_keys else None, config=config)
    with store.transaction(
        actor=actor,
        now=now,
        patient_id=patient_id,
        trail=trail,
        without_events=without_events,
    ) as tx:
        yield tx
    engine.dispose()
