"""When a person was asked to look at a payment."""

import sqlalchemy as sa
from alembic import op

revision = "0002_reviews"
down_revision = "0001_billing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment", sa.Column("review_at", sa.DateTime(timezone=True)))
