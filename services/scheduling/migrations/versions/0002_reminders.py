"""Reminders of visits: when each is due, and how it ended."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE reminder (
    reminder_id    uuid PRIMARY KEY,
    appointment_id uuid NOT NULL REFERENCES appointment,
    revision       integer NOT NULL,
    kind           text NOT NULL,
    due_at         timestamptz NOT NULL,
    worth_until    timestamptz NOT NULL,
    state          text NOT NULL,
    settled_at     timestamptz,
    CONSTRAINT uq_reminder_appointment_id_revision_kind
        UNIQUE (appointment_id, revision, kind),
    CONSTRAINT ck_reminder_state
        CHECK (state IN ('waiting', 'announced', 'suppressed', 'cancelled')),
    CONSTRAINT ck_reminder_settled CHECK ((state = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX ix_reminder_due ON reminder (due_at) WHERE state = 'waiting';
"""


def upgrade() -> None:
    """Add the table; visits booked before have no reminders."""
    op.execute(TABLES)
