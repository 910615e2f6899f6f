"""Who has a delivery, whether they may have it, and what became of what reached nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0003_two_providers"
down_revision = "0002_months_that_come_late"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("provider", sa.SmallInteger))
    op.add_column("delivery", sa.Column("doubt_since", sa.DateTime(timezone=True)))
    op.add_column(
        "delivery",
        sa.Column("leases_lost", sa.SmallInteger, nullable=False, server_default="0"),
    )
    op.add_column("delivery", sa.Column("followed_up_at", sa.DateTime(timezone=True)))
    # What ended before nobody followed up: nobody is to be called about it now.
    op.execute(
        "UPDATE delivery SET followed_up_at = now() "
        "WHERE state IN ('failed', 'suppressed', 'expired')"
    )
    for name, columns, where in INDEXES:
        op.create_index(name, "delivery", columns, postgresql_where=sa.text(where))


INDEXES = (
    ("ix_delivery_alone", ["channel", "due_at"], "state = 'queued' AND leases_lost > 0"),
    (
        "ix_delivery_unreported",
        ["due_at"],
        "state = 'sent' AND channel = 'text' AND reason IS NULL",
    ),
    (
        "ix_delivery_unreached",
        ["settled_at"],
        "state IN ('failed', 'suppressed', 'expired') AND followed_up_at IS NULL",
    ),
)
