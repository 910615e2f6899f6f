"""Identity's first tables, and the ledger's months."""

from alembic import op

from portico_kit.tables import create_kit_tables

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE person (
    id uuid NOT NULL,
    kind text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    birth_date date,
    email text,
    mobile text,
    language text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT ck_person_kind CHECK (kind IN ('patient', 'staff'))
);

CREATE TABLE account (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    state text DEFAULT 'active' NOT NULL,
    password_hash text NOT NULL,
    password_changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    last_sign_in_at timestamptz,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT ck_account_kind CHECK (kind IN ('patient', 'staff')),
    CONSTRAINT ck_account_state CHECK (state IN ('active', 'closed')),
    CONSTRAINT uq_account_person_id UNIQUE (person_id),
    CONSTRAINT fk_account_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE login (
    value text NOT NULL,
    account_id uuid NOT NULL,
    since timestamptz NOT NULL,
    CONSTRAINT pk_login PRIMARY KEY (value),
    CONSTRAINT fk_login_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_login_account_id ON login (account_id);

CREATE TABLE staff (
    account_id uuid NOT NULL,
    title text DEFAULT '' NOT NULL,
    roles text[] NOT NULL,
    joined_at timestamptz NOT NULL,
    left_at timestamptz,
    CONSTRAINT pk_staff PRIMARY KEY (account_id),
    CONSTRAINT fk_staff_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE invitation (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    state text NOT NULL,
    code_hash bytea NOT NULL,
    link_hash bytea NOT NULL,
    claim_hash bytea,
    claim_until timestamptz,
    wrong_proofs integer DEFAULT 0 NOT NULL,
    channels text[] NOT NULL,
    issued_by uuid,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT ck_invitation_state CHECK (
        state IN ('issued', 'opened', 'accepted', 'expired', 'replaced', 'locked')
    ),
    CONSTRAINT fk_invitation_patient_id FOREIGN KEY(patient_id) REFERENCES person (id)
);
CREATE INDEX ix_invitation_expiry ON invitation (expires_at) WHERE state IN ('issued', 'opened');
CREATE INDEX ix_invitation_patient ON invitation (patient_id, issued_at);
CREATE UNIQUE INDEX uq_invitation_claim ON invitation (claim_hash);
CREATE UNIQUE INDEX uq_invitation_code ON invitation (code_hash);
CREATE UNIQUE INDEX uq_invitation_link ON invitation (link_hash);
CREATE UNIQUE INDEX uq_invitation_open ON invitation (patient_id)
    WHERE state IN ('issued', 'opened');

CREATE TABLE session (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    device text NOT NULL,
    started_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_why text,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_secret_hash UNIQUE (secret_hash),
    CONSTRAINT fk_session_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_session_account ON session (account_id) WHERE ended_at IS NULL;
CREATE INDEX ix_session_ended ON session (ended_at);
CREATE INDEX ix_session_seen ON session (last_seen_at) WHERE ended_at IS NULL;

CREATE TABLE tries (
    scope text NOT NULL,
    key bytea NOT NULL,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    held_until timestamptz,
    CONSTRAINT pk_tries PRIMARY KEY (scope, key)
);
CREATE INDEX ix_tries_last_at ON tries (scope, last_at);

CREATE TABLE ledger (
    at timestamptz NOT NULL,
    row_id uuid NOT NULL,
    month date NOT NULL,
    position bigint NOT NULL,
    service text NOT NULL,
    method text NOT NULL,
    category text NOT NULL,
    action text NOT NULL,
    actor_kind text NOT NULL,
    account_id uuid,
    roles text[] NOT NULL,
    relationship text,
    patient_ids uuid[] NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_ledger PRIMARY KEY (at, row_id)
) PARTITION BY RANGE (at);
CREATE INDEX ix_ledger_position ON ledger (month, position);

CREATE TABLE ledger_patient (
    patient_id uuid NOT NULL,
    at timestamptz NOT NULL,
    row_id uuid NOT NULL,
    CONSTRAINT pk_ledger_patient PRIMARY KEY (patient_id, at, row_id)
) PARTITION BY RANGE (at);

CREATE TABLE ledger_head (
    month date NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_ledger_head PRIMARY KEY (month)
);

CREATE TABLE ledger_rest PARTITION OF ledger DEFAULT;
CREATE TABLE ledger_patient_rest PARTITION OF ledger_patient DEFAULT;
"""

# The service's role owns no table and may make none: this function runs as the owner, makes the
# partitions of one month, moves rows that came before them out of the default one, and leaves
# the service nothing but reading and adding.
MAKE_MONTH = """
CREATE FUNCTION ledger_make_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    parent text;
    part text;
    first timestamptz := date_trunc('month', month)::timestamp AT TIME ZONE 'UTC';
    past timestamptz := (date_trunc('month', month) + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('ledger months', 11));
    FOREACH parent IN ARRAY ARRAY['ledger', 'ledger_patient'] LOOP
        part := parent || to_char(month, '_YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', part, parent);
        EXECUTE format(
            'WITH early AS (DELETE FROM public.%I WHERE at >= %L AND at < %L RETURNING *) '
            'INSERT INTO public.%I SELECT * FROM early', parent || '_rest', first, past, part);
        EXECUTE format(
            'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            parent, part, first, past);
        PERFORM public.ledger_only_grows(part);
    END LOOP;
END $$
"""

ONLY_GROWS = """
CREATE FUNCTION ledger_only_grows(tab text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_database()) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.%I FROM %I',
                       tab, current_database());
    END IF;
END $$
"""


def upgrade() -> None:
    create_kit_tables(op)
    op.execute(TABLES)
    op.execute(ONLY_GROWS)
    for name in ("ledger", "ledger_rest", "ledger_patient", "ledger_patient_rest"):
        op.execute(f"SELECT ledger_only_grows('{name}')")
    op.execute(MAKE_MONTH)
    op.execute(
        "SELECT ledger_make_month((date_trunc('month', now()) + make_interval(months => n))::date) "
        "FROM generate_series(0, 3) n"
    )
