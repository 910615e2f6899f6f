"""Messaging's tables. Columns of type ``LargeBinary`` hold sealed text."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID

from portico_kit.database import service_metadata
from portico_kit.tables import moment

metadata = service_metadata()

OPEN = text("state IN ('new', 'taken')")

request = Table(
    "request",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("patient_id", UUID, nullable=False),
    Column("queue", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("taken_by", UUID),
    Column("outcome", Text),
    moment("opened_at", nullable=False),
    moment("due_at", nullable=False),
    # Set while the clock stands: it waits on the patient, or it is done.
    moment("stopped_at"),
    moment("moved_at", nullable=False),
    # What is open stays small however much is done: lists and counts of it read these alone.
    Index("ix_request_open", "queue", "due_at", "id", postgresql_include=["taken_by", "state"],
          postgresql_where=OPEN),
    Index("ix_request_mine", "taken_by", "due_at", "id", postgresql_where=OPEN),
    Index("ix_request_waiting", "queue", "due_at", "id",
          postgresql_where=text("state = 'waiting'")),
    Index("ix_request_done", "queue", "moved_at", "id", postgresql_where=text("state = 'done'")),
    Index("ix_request_answered", "taken_by", postgresql_where=text("state = 'waiting'")),
    Index("ix_request_patient_id", "patient_id", "opened_at", "id"),
)  # fmt: skip

conversation = Table(
    "conversation",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("patient_id", UUID, nullable=False),
    Column("request_id", UUID, ForeignKey("request.id"), nullable=False, unique=True),
    Column("topic", Text, nullable=False),
    Column("subject", LargeBinary, nullable=False),
    Column("about", Text),
    moment("started_at", nullable=False),
    Column("last_message_id", UUID, nullable=False),
    moment("last_message_at", nullable=False),
    moment("last_staff_at"),
    moment("patient_read_at", nullable=False),
    Index("ix_conversation_newest", "patient_id", "last_message_at", "id"),
    Index("ix_conversation_unread", "patient_id", "last_message_at", "id",
          postgresql_where=text("last_staff_at > patient_read_at")),
)  # fmt: skip

message = Table(
    "message",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("conversation_id", UUID, ForeignKey("conversation.id"), nullable=False),
    Column("sender", Text, nullable=False),
    Column("author_id", UUID, nullable=False),
    Column("body", LargeBinary, nullable=False),
    moment("sent_at", nullable=False),
    # When the other side first saw it, and who did.
    moment("read_at"),
    Column("read_by", UUID),
    Index("ix_message_thread", "conversation_id", "sent_at", "id"),
    Index("ix_message_unseen", "conversation_id", postgresql_where=text("read_at IS NULL")),
)

refill = Table(
    "refill",
    metadata,
    Column("request_id", UUID, ForeignKey("request.id"), primary_key=True),
    Column("patient_id", UUID, nullable=False),
    Column("medication_id", UUID, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("pharmacy", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("reason", LargeBinary),
    moment("decided_at"),
    # One refill of a medicine under way at a time: this index has the last word.
    Index("uq_refill_under_way", "patient_id", "medication_id", unique=True,
          postgresql_where=text("decided_at IS NULL")),
)  # fmt: skip

review = Table(
    "review",
    metadata,
    Column("request_id", UUID, ForeignKey("request.id"), primary_key=True),
    Column("about", Text, nullable=False),
    Column("code", Text, nullable=False),
)

note = Table(
    "note",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("request_id", UUID, ForeignKey("request.id"), nullable=False),
    Column("author_id", UUID, nullable=False),
    Column("body", LargeBinary, nullable=False),
    moment("written_at", nullable=False),
    Index("ix_note_request_id", "request_id", "written_at"),
)

move = Table(
    "move",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("request_id", UUID, ForeignKey("request.id"), nullable=False),
    Column("move", Text, nullable=False),
    # Nobody: the portal itself.
    Column("by_id", UUID),
    Column("to_id", UUID),
    Column("queue", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    moment("at", nullable=False),
    Index("ix_move_request_id", "request_id", "at", "id"),
)

draft = Table(
    "draft",
    metadata,
    Column("account_id", UUID, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("patient_id", UUID, nullable=False),
    Column("content", LargeBinary, nullable=False),
    moment("saved_at", nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    moment("changed_at", nullable=False),
    # Of staff: since when they work here no more.
    moment("left_at"),
)
