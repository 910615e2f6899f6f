"""Statements, payments, and a ledger that balances and cannot be rewritten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

from portico_kit.tables import create_kit_tables

revision = "0001_billing"
down_revision = None
branch_labels = None
depends_on = None

ACCOUNTS = (
    "'patient_receivable', 'insurance_receivable', 'revenue', 'cash', 'processor_clearing', "
    "'adjustments', 'fees'"
)

REVOKE = (
    "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = current_database()) THEN "
    "EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM %I', current_database()); "
    "END IF; END $$"
)


def moment(name: str, **options: bool) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def cents(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    create_kit_tables(op)
    op.create_table(
        "patient_zone",
        sa.Column("patient_id", UUID, primary_key=True),
        sa.Column("zone", sa.Text, nullable=False),
        moment("changed_at", nullable=False),
    )
    _create_statements()
    _create_payments()
    _create_ledger()
    _guard_ledger()


def _create_statements() -> None:
    op.create_table(
        "statement",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("patient_id", UUID, nullable=False),
        moment("issued_at", nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        cents("charge_cents"),
        cents("adjustment_cents"),
        cents("insurance_cents"),
        cents("patient_cents"),
        sa.CheckConstraint(
            "charge_cents - adjustment_cents - insurance_cents = patient_cents "
            "AND patient_cents >= 0",
            name="adds_up",
        ),
    )
    op.create_index("ix_statement_patient", "statement", ["patient_id", "issued_at", "id"])
    op.create_table(
        "statement_line",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("statement_id", UUID, sa.ForeignKey("statement.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("service_on", sa.Date, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("description", sa.LargeBinary, nullable=False),
        cents("charge_cents"),
        cents("adjustment_cents"),
        cents("insurance_cents"),
        cents("patient_cents"),
        sa.UniqueConstraint("statement_id", "position"),
        sa.CheckConstraint(
            "charge_cents - adjustment_cents - insurance_cents = patient_cents "
            "AND patient_cents >= 0",
            name="adds_up",
        ),
    )


def _create_payments() -> None:
    op.create_table(
        "payment",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("statement_id", UUID, sa.ForeignKey("statement.id"), nullable=False),
        sa.Column("patient_id", UUID, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        cents("amount_cents"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("return_url", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("intent_id", sa.Text, unique=True),
        sa.Column("redirect_url", sa.Text),
        sa.Column("card_brand", sa.Text),
        sa.Column("card_last_four", sa.Text),
        sa.Column("reason", sa.Text),
        moment("started_at", nullable=False),
        moment("finished_at"),
        moment("check_at"),
        sa.CheckConstraint(
            "state IN ('created', 'pending', 'succeeded', 'failed', 'canceled')", name="state"
        ),
        sa.CheckConstraint("amount_cents > 0", name="amount"),
        # Card numbers have no column to go to; this keeps even a mistake short.
        sa.CheckConstraint("card_last_four ~ '^[0-9]{4}$'", name="last_four"),
    )
    op.create_index(
        "uq_payment_open",
        "payment",
        ["statement_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.create_index("uq_payment_key", "payment", ["patient_id", "key"], unique=True)
    op.create_index("ix_payment_statement", "payment", ["statement_id", "started_at"])
    op.create_index(
        "ix_payment_check",
        "payment",
        ["check_at"],
        postgresql_where=sa.text("check_at IS NOT NULL"),
    )


def _create_ledger() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("id", UUID, primary_key=True),
        moment("at", nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reference", UUID, nullable=False),
        sa.UniqueConstraint("kind", "reference"),
        sa.CheckConstraint("kind IN ('charged', 'adjudicated', 'paid')", name="kind"),
    )
    op.create_table(
        "posting",
        sa.Column("id", UUID, primary_key=True),
        sa.Column("entry_id", UUID, sa.ForeignKey("journal_entry.id"), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        cents("cents"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("statement_id", UUID, nullable=False),
        sa.CheckConstraint(f"account IN ({ACCOUNTS})", name="account"),
        sa.CheckConstraint("cents <> 0", name="cents"),
    )
    op.create_index("ix_posting_entry", "posting", ["entry_id"])
    op.create_index(
        "ix_posting_balance",
        "posting",
        ["statement_id"],
        postgresql_include=["cents"],
        postgresql_where=sa.text("account = 'patient_receivable'"),
    )


def _guard_ledger() -> None:
    # At commit, so that an entry and its postings can be written one after the other.
    op.execute(
        """
        CREATE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            entry uuid;
        BEGIN
            entry := CASE TG_TABLE_NAME WHEN 'posting' THEN (to_jsonb(NEW)->>'entry_id')::uuid
                                        ELSE (to_jsonb(NEW)->>'id')::uuid END;
            IF (SELECT count(*) FROM posting WHERE entry_id = entry) < 2 THEN
                RAISE EXCEPTION 'journal entry % has fewer than two postings', entry
                    USING ERRCODE = 'check_violation';
            END IF;
            IF EXISTS (SELECT FROM posting WHERE entry_id = entry
                       GROUP BY currency HAVING sum(cents) <> 0) THEN
                RAISE EXCEPTION 'journal entry % does not balance', entry
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION ledger_is_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in ("journal_entry", "posting"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_balances AFTER INSERT ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entry_balances()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_for_ever()"
        )
        # The service's role gets rights on every table by default; here it may only add.
        op.execute(REVOKE.format(table=table))
