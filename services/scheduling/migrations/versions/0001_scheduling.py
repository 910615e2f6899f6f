"""Scheduling's first tables. Two visits can never overlap: see the constraints at the end."""

from alembic import op

from portico_kit.tables import create_kit_tables

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE location (
    location_id uuid PRIMARY KEY,
    name        text NOT NULL,
    address     text NOT NULL,
    phone       text NOT NULL,
    zone        text NOT NULL
);

CREATE TABLE visit_type (
    visit_type_id  uuid PRIMARY KEY,
    code           text NOT NULL CONSTRAINT uq_visit_type_code UNIQUE,
    name_en        text NOT NULL,
    name_es        text NOT NULL,
    minutes        smallint NOT NULL,
    buffer_minutes smallint NOT NULL,
    modes          text[] NOT NULL,
    online         boolean NOT NULL,
    notice_hours   smallint NOT NULL,
    horizon_days   smallint NOT NULL,
    reason_needed  boolean NOT NULL,
    CONSTRAINT ck_visit_type_lengths CHECK (minutes > 0 AND buffer_minutes >= 0)
);

CREATE TABLE provider (
    provider_id      uuid PRIMARY KEY,
    staff_account_id uuid CONSTRAINT uq_provider_staff_account_id UNIQUE,
    name             text NOT NULL,
    title            text NOT NULL,
    location_id      uuid NOT NULL REFERENCES location
);

CREATE TABLE offered (
    provider_id   uuid NOT NULL REFERENCES provider,
    visit_type_id uuid NOT NULL REFERENCES visit_type,
    PRIMARY KEY (provider_id, visit_type_id)
);

CREATE TABLE weekly_hours (
    weekly_hours_id uuid PRIMARY KEY,
    provider_id     uuid NOT NULL REFERENCES provider,
    location_id     uuid NOT NULL REFERENCES location,
    weekday         smallint NOT NULL,
    opens           time NOT NULL,
    closes          time NOT NULL,
    step_minutes    smallint NOT NULL,
    first_day       date NOT NULL,
    last_day        date,
    CONSTRAINT ck_weekly_hours_weekday CHECK (weekday BETWEEN 0 AND 6),
    CONSTRAINT ck_weekly_hours_block CHECK (opens < closes AND step_minutes > 0)
);
CREATE INDEX ix_weekly_hours_provider_id ON weekly_hours (provider_id);

CREATE TABLE closure (
    closure_id  uuid PRIMARY KEY,
    first_day   date NOT NULL,
    last_day    date NOT NULL,
    provider_id uuid REFERENCES provider,
    location_id uuid REFERENCES location,
    from_time   time,
    to_time     time,
    CONSTRAINT ck_closure_days CHECK (first_day <= last_day),
    CONSTRAINT ck_closure_times CHECK ((from_time IS NULL) = (to_time IS NULL))
);
CREATE INDEX ix_closure_last_day ON closure (last_day);

CREATE TABLE patient_name (
    patient_id uuid PRIMARY KEY,
    first_name text NOT NULL,
    last_name  text NOT NULL
);

CREATE TABLE appointment (
    appointment_id uuid PRIMARY KEY,
    patient_id     uuid NOT NULL,
    provider_id    uuid NOT NULL REFERENCES provider,
    location_id    uuid NOT NULL REFERENCES location,
    visit_type_id  uuid NOT NULL REFERENCES visit_type,
    mode           text NOT NULL,
    state          text NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    free_at        timestamptz NOT NULL,
    zone           text NOT NULL,
    reason         bytea,
    booked_by      text NOT NULL,
    booked_at      timestamptz NOT NULL,
    held_until     timestamptz,
    cancelled_by   text,
    cancelled_at   timestamptz,
    cancel_reason  bytea,
    revision       integer NOT NULL DEFAULT 0,
    CONSTRAINT ck_appointment_state CHECK (state IN ('held', 'booked', 'cancelled')),
    CONSTRAINT ck_appointment_span CHECK (starts_at < ends_at AND ends_at <= free_at),
    CONSTRAINT ck_appointment_held CHECK ((state = 'held') = (held_until IS NOT NULL)),
    CONSTRAINT ck_appointment_cancelled
        CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT one_visit_at_a_time_for_a_provider
        EXCLUDE USING gist (provider_id WITH =, tstzrange(starts_at, free_at) WITH &&)
        WHERE (state IN ('held', 'booked')),
    CONSTRAINT one_visit_at_a_time_for_a_patient
        EXCLUDE USING gist (patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (state IN ('held', 'booked'))
);
CREATE INDEX ix_appointment_patient ON appointment (patient_id, starts_at, appointment_id);
CREATE INDEX ix_appointment_provider ON appointment (provider_id, starts_at);
CREATE INDEX ix_appointment_day ON appointment (starts_at);
CREATE INDEX ix_appointment_held ON appointment (held_until) WHERE state = 'held';
"""


def upgrade() -> None:
    """Make the kit's tables, then scheduling's."""
    create_kit_tables(op)
    # GiST over plain ids; a trusted extension, so that the database's owner may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(TABLES)
