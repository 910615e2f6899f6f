"""Contacts, and deliveries partitioned by month."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

from portico_kit.tables import create_kit_tables

revision = "0001_notifications"
down_revision = None
branch_labels = None
depends_on = None


def moment(name: str, **options: bool) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def upgrade() -> None:
    create_kit_tables(op)
    op.create_table(
        "contact",
        sa.Column("person_id", UUID, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("email", sa.LargeBinary),
        sa.Column("mobile", sa.LargeBinary),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        moment("changed_at", nullable=False),
        moment("mail_stopped_at"),
        moment("texts_stopped_at"),
        sa.CheckConstraint("person IN ('patient', 'staff')", name="person"),
    )
    _create_delivery()
    _create_partitions()


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", UUID, nullable=False),
        moment("created_at", nullable=False),
        sa.Column("event_id", UUID, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recipient_kind", sa.Text, nullable=False),
        sa.Column("recipient_id", UUID, nullable=False),
        sa.Column("parameters", JSONB, nullable=False),
        sa.Column("sealed", JSONB),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        moment("due_at", nullable=False),
        moment("expires_at", nullable=False),
        sa.Column("lease", UUID),
        moment("leased_until"),
        sa.Column("provider_reference", sa.Text),
        moment("settled_at"),
        sa.PrimaryKeyConstraint("id", "created_at"),
        sa.UniqueConstraint("event_id", "channel", "recipient_id", "created_at"),
        sa.CheckConstraint("channel IN ('mail', 'text')", name="channel"),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'suppressed', "
            "'expired')",
            name="state",
        ),
        sa.CheckConstraint("(state = 'sending') = (lease IS NOT NULL)", name="lease"),
        sa.CheckConstraint(
            "(state IN ('queued', 'sending')) = (settled_at IS NULL)", name="settled"
        ),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["channel", "priority", "due_at"],
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["leased_until"],
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index("ix_delivery_recipient", "delivery", ["recipient_id", "created_at", "id"])


def _create_partitions() -> None:
    # Runs as the tables' owner, because the service's own role may not create tables.
    op.execute(
        """
        CREATE FUNCTION make_delivery_partitions(first date, months integer) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            month timestamp := date_trunc('month', first);
            name text;
        BEGIN
            FOR n IN 0..months LOOP
                name := 'delivery_' || to_char(month, 'YYYY_MM');
                IF to_regclass(name) IS NULL THEN
                    EXECUTE format(
                        'CREATE TABLE %I PARTITION OF delivery FOR VALUES FROM (%L) TO (%L)',
                        name,
                        month AT TIME ZONE 'UTC',
                        (month + interval '1 month') AT TIME ZONE 'UTC'
                    );
                END IF;
                month := month + interval '1 month';
            END LOOP;
        END $$
        """
    )
    # A year back for what is brought over, two months ahead; the service makes the rest in time.
    op.execute("SELECT make_delivery_partitions((now() - interval '13 months')::date, 15)")
    # Nothing may be lost because a month is missing.
    op.execute("CREATE TABLE delivery_other PARTITION OF delivery DEFAULT")
