"""The kit's own tables: they stand in every service's database, beside its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import UserDefinedType

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_kwargs: Any) -> str:
        return "xid8"


def moment(name: str, **options: Any) -> Column[Any]:
    """A ``timestamptz`` column."""
    return Column(name, DateTime(timezone=True), **options)


kit_metadata = MetaData(naming_convention=NAMES)

outbox = Table(
    "outbox",
    kit_metadata,
    Column("seq", BigInteger, Identity(), primary_key=True),
    # Rows of a transaction that began earlier may commit later: the relay waits for them by xid.
    Column("xid", Xid8, server_default=text("pg_current_xact_id()"), nullable=False),
    Column("event_id", UUID, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    moment("occurred_at", nullable=False),
    Column("data", Text, nullable=False),
    moment("published_at"),
    Index("ix_outbox_waiting", "seq", postgresql_where=text("published_at IS NULL")),
    Index("ix_outbox_published_at", "published_at"),
)

aggregate_sequence = Table(
    "aggregate_sequence",
    kit_metadata,
    Column("aggregate_id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    # The newest event's time; null where that was written by an earlier release.
    moment("last_at"),
)

inbox = Table(
    "inbox",
    kit_metadata,
    Column("subscription", Text, nullable=False),
    Column("event_id", UUID, nullable=False),
    moment("at", nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("subscription", "event_id"),
    Index("ix_inbox_at", "at"),
)

failed_delivery = Table(
    "failed_delivery",
    kit_metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("subscription", Text, nullable=False),
    # Null where the message could not be read at all.
    Column("event_id", UUID),
    Column("event_name", Text),
    Column("aggregate_id", Text),
    Column("sequence", BigInteger),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    moment("due_at"),
    moment("first_at", nullable=False, server_default=func.now()),
    moment("last_at", nullable=False, server_default=func.now()),
    Column("reason", Text),
    # The account of whoever had it tried again or dropped it; null: from the command line.
    Column("acted_by", UUID),
    moment("acted_at"),
    Index("uq_failed_delivery_event", "subscription", "event_id", unique=True),
    Index("ix_failed_delivery_due", "due_at", postgresql_where=text("state = 'waiting'")),
    Index(
        "ix_failed_delivery_thing",
        "aggregate_id",
        "sequence",
        postgresql_where=text("state = 'waiting'"),
    ),
)

audit_row = Table(
    "audit_row",
    kit_metadata,
    Column("seq", BigInteger, Identity(), primary_key=True),
    Column("xid", Xid8, server_default=text("pg_current_xact_id()"), nullable=False),
    Column("id", UUID, nullable=False),
    moment("at", nullable=False),
    Column("actor", JSONB, nullable=False),
    Column("patient_ids", ARRAY(UUID), nullable=False),
    Column("category", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("method", Text, nullable=False),
    moment("shipped_at"),
    Index("ix_audit_row_waiting", "seq", postgresql_where=text("shipped_at IS NULL")),
    Index("ix_audit_row_shipped_at", "shipped_at"),
)

idempotency = Table(
    "idempotency",
    kit_metadata,
    Column("account_id", UUID, nullable=False),
    Column("key", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("reply", LargeBinary, nullable=False),
    moment("at", nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("account_id", "key"),
    Index("ix_idempotency_at", "at"),
)

data_key = Table(
    "data_key",
    kit_metadata,
    Column("patient_id", UUID, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

timer_run = Table(
    "timer_run",
    kit_metadata,
    Column("name", Text, primary_key=True),
    moment("ran_at", nullable=False),
)


def service_metadata() -> MetaData:
    """A fresh MetaData that already holds the kit's tables; a service adds its own."""
    made = MetaData(naming_convention=NAMES)
    for table in kit_metadata.sorted_tables:
        table.to_metadata(made)
    return made


def create_kit_tables(op: Any) -> None:
    """For a service's first migration: the kit's tables, the wake-up, the relay's grants."""
    for table in kit_metadata.sorted_tables:
        table.create(op.get_bind())
    op.execute(
        "CREATE FUNCTION outbox_wakes_relay() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER outbox_wakes_relay AFTER INSERT ON outbox "
        "FOR EACH STATEMENT EXECUTE FUNCTION outbox_wakes_relay()"
    )
    grant_to_relay(op)


def grow_kit_tables(connection: Connection) -> None:
    """Add the columns and indexes that the kit's tables have gained since a database was made.

    What is gained may be null, so that processes of the release before go on beside it. Nothing
    is locked where nothing is missing.
    """
    for table in kit_metadata.sorted_tables:
        there = set(connection.execute(_COLUMNS, {"name": table.name}).scalars())
        for column in (c for c in table.columns if there and c.name not in there):
            kind = column.type.compile(connection.dialect)
            connection.exec_driver_sql(
                f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "{column.name}" {kind}'
            )
        for index in (i for i in table.indexes if there):
            index.create(connection, checkfirst=True)


_COLUMNS = text(
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attnum > 0"
)


def grant_to_relay(op: Any) -> None:
    """Let the role ``<database>_relay``, where it exists, read and tick off what leaves."""
    op.execute(
        "DO $$ BEGIN IF EXISTS "
        "(SELECT FROM pg_roles WHERE rolname = current_database() || '_relay') "
        "THEN EXECUTE format('GRANT SELECT, UPDATE, DELETE ON outbox, audit_row TO %I', "
        "current_database() || '_relay'); END IF; END $$"
    )
