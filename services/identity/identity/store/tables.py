"""Identity's tables."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from portico_kit.database import service_metadata

metadata = service_metadata()


def _moment(name: str, **options: object) -> Column[object]:
    return Column(name, DateTime(timezone=True), **options)  # type: ignore[arg-type]


# A patient's person has the patient's id, a staff member's the account's.
person = Table(
    "person",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("birth_date", Date),
    Column("email", Text),
    Column("mobile", Text),
    Column("language", Text, nullable=False),
    _moment("changed_at", nullable=False),
    CheckConstraint("kind IN ('patient', 'staff')", name="kind"),
)

account = Table(
    "account",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("person_id", UUID, ForeignKey("person.id"), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("password_hash", Text, nullable=False),
    _moment("password_changed_at", nullable=False),
    _moment("created_at", nullable=False),
    _moment("last_sign_in_at"),
    CheckConstraint("kind IN ('patient', 'staff')", name="kind"),
    CheckConstraint("state IN ('active', 'closed')", name="state"),
)

# The primary key keeps a login unique over all accounts, whatever way it was typed.
login = Table(
    "login",
    metadata,
    Column("value", Text, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False, index=True),
    _moment("since", nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), primary_key=True),
    Column("title", Text, nullable=False, server_default=""),
    Column("roles", ARRAY(Text), nullable=False),
    _moment("joined_at", nullable=False),
    _moment("left_at"),
)

_OPEN = text("state IN ('issued', 'opened')")

invitation = Table(
    "invitation",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("patient_id", UUID, ForeignKey("person.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("link_hash", LargeBinary, nullable=False),
    Column("claim_hash", LargeBinary),
    _moment("claim_until"),
    Column("wrong_proofs", Integer, nullable=False, server_default="0"),
    Column("channels", ARRAY(Text), nullable=False),
    Column("issued_by", UUID),
    _moment("issued_at", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("closed_at"),
    CheckConstraint(
        "state IN ('issued', 'opened', 'accepted', 'expired', 'replaced', 'locked')", name="state"
    ),
    Index("uq_invitation_open", "patient_id", unique=True, postgresql_where=_OPEN),
    Index("ix_invitation_patient", "patient_id", "issued_at"),
    Index("uq_invitation_code", "code_hash", unique=True),
    Index("uq_invitation_link", "link_hash", unique=True),
    Index("uq_invitation_claim", "claim_hash", unique=True),
    Index("ix_invitation_expiry", "expires_at", postgresql_where=_OPEN),
)

_RUNNING = text("ended_at IS NULL")

session = Table(
    "session",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("device", Text, nullable=False),
    _moment("started_at", nullable=False),
    _moment("last_seen_at", nullable=False),
    _moment("ends_at", nullable=False),
    _moment("ended_at"),
    Column("ended_why", Text),
    Index("ix_session_account", "account_id", postgresql_where=_RUNNING),
    Index("ix_session_seen", "last_seen_at", postgresql_where=_RUNNING),
    Index("ix_session_ended", "ended_at"),
)

# One row a kind; without confirmed_at its set-up is under way. The app's key is sealed.
second_factor = Table(
    "second_factor",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("sealed_key", LargeBinary),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
    _moment("started_at", nullable=False),
    _moment("confirmed_at"),
    PrimaryKeyConstraint("account_id", "kind"),
    CheckConstraint("kind IN ('app', 'text')", name="kind"),
)

text_code = Table(
    "text_code",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False),
    _moment("expires_at", nullable=False),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    _moment("used_at"),
    PrimaryKeyConstraint("account_id", "code_hash"),
)

# Between password and session: the second step is due.
challenge = Table(
    "challenge",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("device", Text, nullable=False),
    _moment("expires_at", nullable=False),
    Index("ix_challenge_account", "account_id"),
    Index("ix_challenge_expiry", "expires_at"),
)

# Logins for which a link was asked, sealed; they are looked up a moment later, and gone.
link_wish = Table(
    "link_wish",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("sealed_login", Text, nullable=False),
    _moment("asked_at", nullable=False),
)

_OPEN_RECOVERY = text("state = 'open'")

# A link or a code that lets somebody choose a new password, once. ``secret_hash`` is of the link's
# token, or of the claim that the right code earned.
recovery = Table(
    "recovery",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, ForeignKey("account.id"), nullable=False),
    Column("way", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("code_hash", LargeBinary),
    Column("secret_hash", LargeBinary),
    _moment("secret_until"),
    Column("proof", Text),
    Column("issued_by", UUID),
    _moment("issued_at", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("closed_at"),
    CheckConstraint("way IN ('link', 'code', 'joining')", name="way"),
    CheckConstraint("state IN ('open', 'used', 'replaced', 'revoked', 'expired')", name="state"),
    CheckConstraint(
        "way <> 'code' OR (code_hash IS NOT NULL AND proof IS NOT NULL)", name="code_has_proof"
    ),
    Index("uq_recovery_open", "account_id", "way", unique=True, postgresql_where=_OPEN_RECOVERY),
    Index("uq_recovery_secret", "secret_hash", unique=True),
    Index("ix_recovery_expiry", "expires_at", postgresql_where=_OPEN_RECOVERY),
    Index("ix_recovery_closed", "closed_at"),
)

# Failed tries per login, per address and per account, known or not; the key is an HMAC.
tries = Table(
    "tries",
    metadata,
    Column("scope", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False),
    _moment("last_at", nullable=False),
    _moment("held_until"),
    PrimaryKeyConstraint("scope", "key"),
    Index("ix_tries_last_at", "scope", "last_at"),
)

# Partitioned by month; one hash chain a month, whose newest link stands in ledger_head.
ledger = Table(
    "ledger",
    metadata,
    _moment("at", nullable=False),
    Column("row_id", UUID, nullable=False),
    Column("month", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("service", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("account_id", UUID),
    Column("roles", ARRAY(Text), nullable=False),
    Column("relationship", Text),
    Column("patient_ids", ARRAY(UUID), nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("at", "row_id"),
    Index("ix_ledger_position", "month", "position"),
    postgresql_partition_by="RANGE (at)",
)

# Which rows concern a patient: most concern one, a staff member's list concerns many.
ledger_patient = Table(
    "ledger_patient",
    metadata,
    Column("patient_id", UUID, nullable=False),
    _moment("at", nullable=False),
    Column("row_id", UUID, nullable=False),
    PrimaryKeyConstraint("patient_id", "at", "row_id"),
    postgresql_partition_by="RANGE (at)",
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("month", Date, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
