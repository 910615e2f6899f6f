"""What staff ask of messaging: the work in the queues."""

from typing import Literal
from uuid import UUID

from ..rpc import between, request, text
from .kinds import LONGEST_BODY, Queue
from .replies import Item, ItemList, QueueCountsView


@request("messaging", reply=QueueCountsView)
class QueueCounts:
    """How much is open, untaken and late in each queue."""


@request("messaging", reply=ItemList, category="messages")
class ListQueue:
    """Items, most urgent first; ``queue`` None looks through all the caller's queues.

    ``show``: all (open: new and taken), take (new), mine, waiting, done (newest first).
    """

    queue: Queue | None = None
    show: Literal["all", "take", "mine", "waiting", "done"] = "all"
    cursor: str | None = None
    limit: int = between(1, 100, default=25)


@request("messaging", reply=Item, category="messages")
class ShowItem:
    """An item with its thread or refill, notes and history; ``cursor`` (the conversation's
    ``earlier``) pages back in the thread."""

    item_id: UUID
    cursor: str | None = None


@request("messaging", reply=Item, category="messages", action="write")
class TakeItem:
    """Work on an item; the first wins, the others get AlreadyTaken. Marks the thread as read."""

    item_id: UUID


@request("messaging", reply=Item, category="messages", action="write")
class ReleaseItem:
    """Give an item back to its queue."""

    item_id: UUID


@request("messaging", reply=Item, category="messages", action="write")
class AssignItem:
    """Hand an item to a member of staff, whoever holds it now."""

    item_id: UUID
    staff_id: UUID


@request("messaging", reply=Item, category="messages", action="write")
class RouteItem:
    """Move a conversation's item to another queue; it becomes new there and keeps its clock."""

    item_id: UUID
    queue: Queue


@request("messaging", reply=Item, category="messages", action="write")
class ReplyToItem:
    """Answer a conversation; an untaken item is taken by it. ``finish`` also completes it,
    else it waits on the patient."""

    item_id: UUID
    body: str = text(longest=LONGEST_BODY, shortest=1)
    finish: bool = False


@request("messaging", reply=Item, category="messages", action="write")
class AddNote:
    """A note for staff only."""

    item_id: UUID
    body: str = text(longest=LONGEST_BODY, shortest=1)


@request("messaging", reply=Item, category="messages", action="write")
class CompleteItem:
    """Finish a conversation's item, or a review, without another message."""

    item_id: UUID
    outcome: Literal["answered", "handled"] = "handled"


@request("messaging", reply=Item, category="messages", action="write")
class ReopenItem:
    """Open a finished conversation's item, or a review, again; its clock goes on."""

    item_id: UUID


@request("messaging", reply=Item, category="medicines", action="write")
class DecideRefill:
    """Nurse or clinician: send it to the pharmacy, ask for a visit first, or do not refill.

    ``reason`` is shown to the patient and needed unless the refill is approved.
    """

    item_id: UUID
    decision: Literal["approve", "needs_visit", "deny"]
    reason: str = text(longest=1_000, default="")
