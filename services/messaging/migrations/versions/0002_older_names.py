"""A name knows when it was told, so that an older one that arrives later changes nothing."""

from alembic import op

revision = "0002_older_names"
down_revision = "0001_messaging"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN changed_at timestamptz NOT NULL DEFAULT '-infinity'")
    op.execute("ALTER TABLE person ALTER COLUMN changed_at DROP DEFAULT")
