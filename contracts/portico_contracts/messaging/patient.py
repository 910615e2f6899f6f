"""What patients ask of messaging; staff may read a patient's own by ``patient_id``."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ..rpc import between, request, text
from .kinds import LONGEST_BODY, Topic
from .replies import (
    Conversation,
    ConversationList,
    Done,
    Draft,
    HomeMessagesView,
    RefillList,
    RefillsAsked,
    Sent,
    Started,
)


@request("messaging", reply=ConversationList, category="messages")
class ListConversations:
    """Conversations, newest activity first."""

    box: Literal["open", "done", "all"] = "all"
    cursor: str | None = None
    limit: int = between(1, 100, default=20)
    patient_id: UUID | None = None


@request("messaging", reply=Conversation, category="messages")
class ShowConversation:
    """The newest messages of one conversation; ``cursor`` (its ``earlier``) pages back."""

    conversation_id: UUID
    cursor: str | None = None
    limit: int = between(1, 200, default=100)
    patient_id: UUID | None = None


@request("messaging", reply=Started, category="messages", action="write")
class StartConversation:
    """A first message; ``about`` names what it is about as ``kind:id``, such as result:<uuid>."""

    topic: Topic
    subject: str = text(longest=200, shortest=1)
    body: str = text(longest=LONGEST_BODY, shortest=1)
    about: str | None = text(longest=80, default=None)


@request("messaging", reply=Sent, category="messages", action="write")
class Reply:
    """The patient writes on; a conversation that waited or was done opens again."""

    conversation_id: UUID
    body: str = text(longest=LONGEST_BODY, shortest=1)


@request("messaging", reply=Done, category="messages", action="write")
class MarkRead:
    """The patient has seen everything up to this message (None: all there is)."""

    conversation_id: UUID
    message_id: UUID | None = None


@request("messaging", reply=Draft, category="messages", action="write")
class SaveDraft:
    """Keep what was typed at ``place``; an empty body, subject and topic forget it.

    One draft per account and place. Patients: ``new``, ``new:result:<id>`` (or visit, medicine,
    bill, form), ``conversation:<id>``, ``refill``. Staff: ``item:<id>``. Sending from a place
    forgets its draft.
    """

    place: str = text(longest=120, shortest=1)
    body: str = text(longest=LONGEST_BODY, default="")
    subject: str = text(longest=200, default="")
    topic: str = text(longest=20, default="")


@request("messaging", reply=Draft, category="messages")
class ShowDraft:
    """What was kept at ``place`` for this account."""

    place: str = text(longest=120, shortest=1)


@dataclass(frozen=True, kw_only=True)
class Medicine:
    """A medicine as the patient sees it in the record."""

    medication_id: UUID
    name: str = text(longest=200, shortest=1)


@request("messaging", reply=RefillsAsked, category="medicines", action="write")
class RequestRefill:
    """Ask for 1 to 20 medicines again: one request a medicine, all or none."""

    medications: tuple[Medicine, ...]
    pharmacy: str = text(longest=200, shortest=1)
    note: str = text(longest=2_000, default="")


@request("messaging", reply=RefillList, category="medicines")
class ListRequests:
    """Refill requests, newest first."""

    cursor: str | None = None
    limit: int = between(1, 100, default=20)
    patient_id: UUID | None = None


@request("messaging", reply=HomeMessagesView, category="messages")
class HomeMessages:
    """What the patient's first page says about messages and refills."""
