"""Getting back in: links by mail or text, and codes from the practice."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE link_wish (
    id uuid NOT NULL,
    sealed_login text NOT NULL,
    asked_at timestamptz NOT NULL,
    CONSTRAINT pk_link_wish PRIMARY KEY (id)
);

CREATE TABLE recovery (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    way text NOT NULL,
    state text NOT NULL,
    code_hash bytea,
    secret_hash bytea,
    secret_until timestamptz,
    proof text,
    issued_by uuid,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT pk_recovery PRIMARY KEY (id),
    CONSTRAINT ck_recovery_way CHECK (way IN ('link', 'code')),
    CONSTRAINT ck_recovery_state CHECK (
        state IN ('open', 'used', 'replaced', 'revoked', 'expired')
    ),
    CONSTRAINT ck_recovery_code_has_proof CHECK (
        way = 'link' OR (code_hash IS NOT NULL AND proof IS NOT NULL)
    ),
    CONSTRAINT fk_recovery_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE UNIQUE INDEX uq_recovery_open ON recovery (account_id, way) WHERE state = 'open';
CREATE UNIQUE INDEX uq_recovery_secret ON recovery (secret_hash);
CREATE INDEX ix_recovery_expiry ON recovery (expires_at) WHERE state = 'open';
CREATE INDEX ix_recovery_closed ON recovery (closed_at);
"""


def upgrade() -> None:
    op.execute(TABLES)
