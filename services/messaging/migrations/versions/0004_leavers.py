"""Who left the practice holds nothing any more, and nothing is handed to them."""

from alembic import op

revision = "0004_leavers"
down_revision = "0003_reviews"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN left_at timestamptz")
    op.execute("CREATE INDEX ix_request_answered ON request (taken_by) WHERE state = 'waiting'")
