"""A name knows when it was told, so that an older one that arrives later changes nothing."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Every name that is there counts as older than whatever comes."""
    op.execute(
        "ALTER TABLE patient_name ADD COLUMN told_at timestamptz NOT NULL DEFAULT '-infinity'"
    )
