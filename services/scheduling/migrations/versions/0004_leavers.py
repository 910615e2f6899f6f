"""A provider may leave: since when nobody is booked with them."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE provider ADD COLUMN left_at timestamptz")
