"""A third way to a password: the link that a new member of staff gets."""

from alembic import op

revision = "0004"
down_revision = "0003"

CHECKS = """
ALTER TABLE recovery
    DROP CONSTRAINT ck_recovery_way,
    DROP CONSTRAINT ck_recovery_code_has_proof,
    ADD CONSTRAINT ck_recovery_way CHECK (way IN ('link', 'code', 'joining')),
    ADD CONSTRAINT ck_recovery_code_has_proof CHECK (
        way <> 'code' OR (code_hash IS NOT NULL AND proof IS NOT NULL)
    );
"""


def upgrade() -> None:
    op.execute(CHECKS)
