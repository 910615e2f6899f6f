"""What messaging answers with. ``due_at`` is None while the clock stands (waiting, done)."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from .kinds import Kind, MoveName, Outcome, Queue, RefillStatus, Sender, State, Topic


class Person(TypedDict):
    """Someone named on a page; ``name`` is None until identity has announced it."""

    id: UUID
    name: str | None


class Message(TypedDict):
    """One message; ``read_at`` and ``read_by`` tell when the other side opened it."""

    message_id: UUID
    sender: Sender
    author: Person
    body: str
    sent_at: datetime
    read_at: datetime | None
    read_by: Person | None


class ConversationRow(TypedDict):
    """A conversation in a list; ``snippet`` is the start of its newest message."""

    conversation_id: UUID
    topic: Topic
    subject: str
    about: str | None
    snippet: str
    last_sender: Sender
    last_author: Person
    last_message_at: datetime
    unread: bool
    state: State
    due_at: datetime | None


class ConversationList(TypedDict):
    items: list[ConversationRow]
    next: str | None


class Conversation(TypedDict):
    """A thread, oldest message first; ``earlier`` pages back. ``handler`` works on it now."""

    conversation_id: UUID
    request_id: UUID
    topic: Topic
    queue: Queue
    subject: str
    about: str | None
    state: State
    due_at: datetime | None
    handler: Person | None
    unread: bool
    messages: list[Message]
    earlier: str | None


class Started(TypedDict):
    conversation_id: UUID
    message_id: UUID
    request_id: UUID
    due_at: datetime


class Sent(TypedDict):
    """The message as it now stands in the thread; ``due_at`` as on the conversation."""

    conversation_id: UUID
    message: Message
    state: State
    due_at: datetime | None


class Done(TypedDict):
    """Nothing more to tell than that it happened."""

    done: bool


class Draft(TypedDict):
    """What was typed and not sent; empty strings and ``saved_at`` None where there is none."""

    place: str
    topic: str
    subject: str
    body: str
    saved_at: datetime | None


class Refill(TypedDict):
    """One medicine asked for again; ``reason`` is for the patient to read."""

    request_id: UUID
    medication_id: UUID
    name: str
    pharmacy: str
    note: str
    status: RefillStatus
    reason: str | None
    asked_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    decided_by: Person | None


class RefillList(TypedDict):
    items: list[Refill]
    next: str | None


class RefillsAsked(TypedDict):
    items: list[Refill]


class HomeMessagesView(TypedDict):
    """For the first page: newest unread conversations, how many (100 at most), open refills."""

    unread_count: int
    unread: list[ConversationRow]
    refills: list[Refill]


class QueueCount(TypedDict):
    queue: Queue
    open: int
    untaken: int
    late: int
    mine: int


class QueueCountsView(TypedDict):
    """Only the queues that this member of staff works in."""

    queues: list[QueueCount]
    mine: int
    late: int


class ItemRow(TypedDict):
    """An item in a list; ``title`` is the subject, the medicine, or the code of a review."""

    item_id: UUID
    queue: Queue
    kind: Kind
    topic: Topic
    state: State
    title: str
    patient: Person
    language: str | None
    taken_by: Person | None
    opened_at: datetime
    due_at: datetime | None
    late: bool


class ItemList(TypedDict):
    items: list[ItemRow]
    next: str | None


class Review(TypedDict):
    """What a service asks a person to look at: ``about`` is a reference such as payment:<id>."""

    about: str


class Note(TypedDict):
    """A note among staff; the patient never sees it."""

    note_id: UUID
    author: Person
    body: str
    written_at: datetime


class Move(TypedDict):
    """One line of an item's history. ``by_leaving``: it came back as ``by`` left the practice."""

    move: MoveName
    by: Person | None
    to: Person | None
    queue: Queue
    from_state: State | None
    to_state: State
    at: datetime
    by_leaving: bool


class Item(ItemRow):
    """An item with all that is known of it: a conversation, a refill or a review by its kind."""

    conversation: Conversation | None
    refill: Refill | None
    review: Review | None
    notes: list[Note]
    history: list[Move]
    outcome: Outcome | None
    may_decide: bool
