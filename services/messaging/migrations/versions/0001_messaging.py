"""Conversations, requests in queues, refills, drafts."""

from alembic import op

from portico_kit.tables import create_kit_tables

revision = "0001_messaging"
down_revision = None

TABLES = """
CREATE TABLE request (
    id uuid CONSTRAINT pk_request PRIMARY KEY,
    patient_id uuid NOT NULL,
    queue text NOT NULL,
    kind text NOT NULL,
    topic text NOT NULL,
    state text NOT NULL,
    taken_by uuid,
    outcome text,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    stopped_at timestamptz,
    moved_at timestamptz NOT NULL,
    CONSTRAINT ck_request_state CHECK (state IN ('new', 'taken', 'waiting', 'done')),
    CONSTRAINT ck_request_taken CHECK ((state <> 'new' OR taken_by IS NULL)
        AND (state <> 'taken' OR taken_by IS NOT NULL)),
    CONSTRAINT ck_request_clock CHECK ((state IN ('new', 'taken')) = (stopped_at IS NULL)),
    CONSTRAINT ck_request_outcome CHECK ((state = 'done') = (outcome IS NOT NULL))
);
CREATE TABLE conversation (
    id uuid CONSTRAINT pk_conversation PRIMARY KEY,
    patient_id uuid NOT NULL,
    request_id uuid NOT NULL CONSTRAINT uq_conversation_request_id UNIQUE
        CONSTRAINT fk_conversation_request_id REFERENCES request (id),
    topic text NOT NULL,
    subject bytea NOT NULL,
    about text,
    started_at timestamptz NOT NULL,
    last_message_id uuid NOT NULL,
    last_message_at timestamptz NOT NULL,
    last_staff_at timestamptz,
    patient_read_at timestamptz NOT NULL
);
CREATE TABLE message (
    id uuid CONSTRAINT pk_message PRIMARY KEY,
    conversation_id uuid NOT NULL
        CONSTRAINT fk_message_conversation_id REFERENCES conversation (id),
    sender text NOT NULL,
    author_id uuid NOT NULL,
    body bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    read_at timestamptz,
    read_by uuid
);
CREATE TABLE refill (
    request_id uuid CONSTRAINT pk_refill PRIMARY KEY
        CONSTRAINT fk_refill_request_id REFERENCES request (id),
    patient_id uuid NOT NULL,
    medication_id uuid NOT NULL,
    name bytea NOT NULL,
    pharmacy bytea NOT NULL,
    note bytea NOT NULL,
    reason bytea,
    decided_at timestamptz
);
CREATE TABLE note (
    id uuid CONSTRAINT pk_note PRIMARY KEY,
    request_id uuid NOT NULL CONSTRAINT fk_note_request_id REFERENCES request (id),
    author_id uuid NOT NULL,
    body bytea NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE TABLE move (
    id uuid CONSTRAINT pk_move PRIMARY KEY,
    request_id uuid NOT NULL CONSTRAINT fk_move_request_id REFERENCES request (id),
    move text NOT NULL,
    by_id uuid NOT NULL,
    to_id uuid,
    queue text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE draft (
    account_id uuid NOT NULL,
    place text NOT NULL,
    patient_id uuid NOT NULL,
    content bytea NOT NULL,
    saved_at timestamptz NOT NULL,
    CONSTRAINT pk_draft PRIMARY KEY (account_id, place)
);
CREATE TABLE person (
    id uuid CONSTRAINT pk_person PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    language text NOT NULL
);
"""

INDEXES = """
CREATE INDEX ix_request_open ON request (queue, due_at, id) INCLUDE (taken_by, state)
    WHERE state IN ('new', 'taken');
CREATE INDEX ix_request_mine ON request (taken_by, due_at, id) WHERE state IN ('new', 'taken');
CREATE INDEX ix_request_waiting ON request (queue, due_at, id) WHERE state = 'waiting';
CREATE INDEX ix_request_done ON request (queue, moved_at, id) WHERE state = 'done';
CREATE INDEX ix_request_patient_id ON request (patient_id, opened_at, id);
CREATE INDEX ix_conversation_newest ON conversation (patient_id, last_message_at, id);
CREATE INDEX ix_conversation_unread ON conversation (patient_id, last_message_at, id)
    WHERE last_staff_at > patient_read_at;
CREATE INDEX ix_message_thread ON message (conversation_id, sent_at, id);
CREATE INDEX ix_message_unseen ON message (conversation_id) WHERE read_at IS NULL;
CREATE UNIQUE INDEX uq_refill_under_way ON refill (patient_id, medication_id)
    WHERE decided_at IS NULL;
CREATE INDEX ix_note_request_id ON note (request_id, written_at);
CREATE INDEX ix_move_request_id ON move (request_id, at, id);
"""


def upgrade() -> None:
    create_kit_tables(op)
    op.execute(TABLES)
    op.execute(INDEXES)
