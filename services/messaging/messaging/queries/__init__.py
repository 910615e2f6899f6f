"""What messaging can be asked: columns in, plain dicts out, one file a topic."""

from .conversations import home_messages, list_conversations, sent, show_conversation, started
from .drafts import show_draft
from .items import list_queue, queue_counts, show_item
from .refills import list_requests, refills_asked

__all__ = [
    "home_messages",
    "list_conversations",
    "list_queue",
    "list_requests",
    "queue_counts",
    "refills_asked",
    "sent",
    "show_conversation",
    "show_draft",
    "show_item",
    "started",
]
