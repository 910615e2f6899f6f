"""Records' first tables: sources and imports, resources in every version, tables for pages."""

from alembic import op

from portico_kit.tables import create_kit_tables

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE source (
    id uuid NOT NULL,
    name text NOT NULL,
    release text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_source PRIMARY KEY (id),
    CONSTRAINT uq_source_name UNIQUE (name)
);

CREATE TABLE import_run (
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    totals jsonb,
    CONSTRAINT pk_import_run PRIMARY KEY (id)
);

CREATE TABLE import_file (
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    source_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    outcome text NOT NULL,
    reason text,
    entry integer,
    totals jsonb,
    at timestamptz NOT NULL,
    CONSTRAINT pk_import_file PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_import_file_taken ON import_file (source_id, content_hash)
    WHERE outcome = 'taken';

CREATE TABLE resource (
    id uuid NOT NULL,
    version integer NOT NULL,
    current boolean NOT NULL,
    patient_id uuid,
    patient_reference text,
    type text NOT NULL,
    source_id uuid NOT NULL,
    source_resource_id text NOT NULL,
    effective_at timestamptz,
    received_at timestamptz NOT NULL,
    status text,
    code_system text,
    code text,
    display text,
    body jsonb NOT NULL,
    body_hash bytea NOT NULL,
    links jsonb,
    summary jsonb,
    CONSTRAINT pk_resource PRIMARY KEY (id, version),
    CONSTRAINT uq_resource_source_id_type_source_resource_id_version
        UNIQUE (source_id, type, source_resource_id, version)
);
CREATE INDEX ix_resource_patient ON resource (patient_id, type, effective_at DESC, id DESC)
    WHERE current;
CREATE INDEX ix_resource_waiting ON resource (source_id, patient_reference)
    WHERE patient_reference IS NOT NULL AND current;

CREATE TABLE attachment (
    resource_id uuid NOT NULL,
    version integer NOT NULL,
    position integer NOT NULL,
    sealed_for uuid NOT NULL,
    content_sealed bytea NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (resource_id, version, position)
);

CREATE TABLE known_reference (
    source_id uuid NOT NULL,
    reference text NOT NULL,
    type text NOT NULL,
    resource_id uuid NOT NULL,
    CONSTRAINT pk_known_reference PRIMARY KEY (source_id, reference)
);

CREATE TABLE kept_resource (
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    type text NOT NULL,
    reason text NOT NULL,
    body bytea NOT NULL,
    body_hash bytea NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_kept_resource PRIMARY KEY (id),
    CONSTRAINT uq_kept_resource_source_id_body_hash UNIQUE (source_id, body_hash)
);

CREATE TABLE patient (
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    name text NOT NULL,
    given text NOT NULL,
    family text NOT NULL,
    names jsonb NOT NULL,
    birth_date date,
    sex text,
    language text,
    email text,
    mobile text,
    phone text,
    address text,
    identifiers jsonb NOT NULL,
    deceased boolean NOT NULL,
    deceased_at timestamptz,
    registered_at timestamptz NOT NULL,
    CONSTRAINT pk_patient PRIMARY KEY (id)
);
CREATE INDEX ix_patient_birth_date ON patient (birth_date);
CREATE INDEX ix_patient_family ON patient (lower(family) text_pattern_ops);
CREATE INDEX ix_patient_given ON patient (lower(given) text_pattern_ops);

CREATE TABLE provider (
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    npi text,
    sort text,
    phone text,
    address text,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_provider PRIMARY KEY (id)
);

CREATE TABLE lab_result (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    reported_at timestamptz NOT NULL,
    code_system text,
    code text,
    status text NOT NULL,
    value text,
    value_number numeric,
    shown text,
    unit text,
    range_low numeric,
    range_high numeric,
    range_text text,
    interpretation text,
    flag text NOT NULL,
    panel_id uuid,
    panel text,
    encounter_id uuid,
    performer text,
    released_at timestamptz,
    released_by uuid,
    first_viewed_at timestamptz,
    has_comment boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_lab_result PRIMARY KEY (id)
);
CREATE INDEX ix_lab_result_code ON lab_result (patient_id, code, at DESC);
CREATE INDEX ix_lab_result_newest ON lab_result (patient_id, at DESC, id DESC)
    WHERE released_at IS NOT NULL;
CREATE INDEX ix_lab_result_waiting ON lab_result (received_at, id) WHERE released_at IS NULL;

CREATE TABLE lab_comment (
    id uuid NOT NULL,
    result_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    author_account_id uuid,
    author text,
    body_sealed bytea NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT pk_lab_comment PRIMARY KEY (id)
);
CREATE INDEX ix_lab_comment_result ON lab_comment (result_id, written_at);

CREATE TABLE medication (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    code_system text,
    code text,
    status text NOT NULL,
    dose text,
    reason text,
    prescriber text,
    encounter_id uuid,
    ended_at timestamptz,
    refills_left integer,
    filled_on date,
    supply_days integer,
    CONSTRAINT pk_medication PRIMARY KEY (id)
);
CREATE INDEX ix_medication_newest ON medication (patient_id, at DESC, id DESC);

CREATE TABLE immunization (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    code_system text,
    code text,
    status text NOT NULL,
    lot text,
    site text,
    dose_number text,
    performer text,
    CONSTRAINT pk_immunization PRIMARY KEY (id)
);
CREATE INDEX ix_immunization_newest ON immunization (patient_id, at DESC, id DESC);

CREATE TABLE condition (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    code_system text,
    code text,
    clinical_status text,
    verification_status text,
    category text,
    ended_at timestamptz,
    CONSTRAINT pk_condition PRIMARY KEY (id)
);
CREATE INDEX ix_condition_newest ON condition (patient_id, at DESC, id DESC);

CREATE TABLE allergy (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    code_system text,
    code text,
    category text,
    criticality text,
    clinical_status text,
    verification_status text,
    reactions jsonb NOT NULL,
    severity text,
    CONSTRAINT pk_allergy PRIMARY KEY (id)
);
CREATE INDEX ix_allergy_newest ON allergy (patient_id, at DESC, id DESC);

CREATE TABLE encounter (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    kind text,
    status text NOT NULL,
    ended_at timestamptz,
    reason text,
    provider text,
    place text,
    CONSTRAINT pk_encounter PRIMARY KEY (id)
);
CREATE INDEX ix_encounter_newest ON encounter (patient_id, at DESC, id DESC);

CREATE TABLE visit_note (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    author text,
    place text,
    encounter_id uuid,
    status text NOT NULL,
    text_sealed bytea NOT NULL,
    CONSTRAINT pk_visit_note PRIMARY KEY (id)
);
CREATE INDEX ix_visit_note_encounter ON visit_note (encounter_id);
CREATE INDEX ix_visit_note_newest ON visit_note (patient_id, at DESC, id DESC);

CREATE TABLE document (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    author text,
    status text NOT NULL,
    content_type text,
    size integer,
    url text,
    position integer NOT NULL,
    CONSTRAINT pk_document PRIMARY KEY (id)
);
CREATE INDEX ix_document_newest ON document (patient_id, at DESC, id DESC);

CREATE TABLE procedure (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    code_system text,
    code text,
    status text NOT NULL,
    reason text,
    performer text,
    CONSTRAINT pk_procedure PRIMARY KEY (id)
);
CREATE INDEX ix_procedure_newest ON procedure (patient_id, at DESC, id DESC);

CREATE TABLE care_plan (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    source_id uuid NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    ended_at timestamptz,
    activities jsonb NOT NULL,
    CONSTRAINT pk_care_plan PRIMARY KEY (id)
);
CREATE INDEX ix_care_plan_newest ON care_plan (patient_id, at DESC, id DESC);
"""


def upgrade() -> None:
    """Create everything."""
    create_kit_tables(op)
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
