"""Second factors, their codes, and the challenge between password and session."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE second_factor (
    account_id uuid NOT NULL,
    kind text NOT NULL,
    sealed_key bytea,
    last_step bigint DEFAULT '0' NOT NULL,
    started_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    CONSTRAINT pk_second_factor PRIMARY KEY (account_id, kind),
    CONSTRAINT ck_second_factor_kind CHECK (kind IN ('app', 'text')),
    CONSTRAINT fk_second_factor_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE text_code (
    account_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_text_code PRIMARY KEY (account_id),
    CONSTRAINT fk_text_code_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE recovery_code (
    account_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_recovery_code PRIMARY KEY (account_id, code_hash),
    CONSTRAINT fk_recovery_code_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE challenge (
    secret_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    device text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_challenge PRIMARY KEY (secret_hash),
    CONSTRAINT fk_challenge_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_challenge_account ON challenge (account_id);
CREATE INDEX ix_challenge_expiry ON challenge (expires_at);
"""


def upgrade() -> None:
    op.execute(TABLES)
