"""What messaging can be ordered to do, one file a topic."""

from .conversations import mark_read, reply, start_conversation
from .drafts import patient_of_place, save_draft
from .items import (
    add_note,
    assign_item,
    complete_item,
    release_item,
    reopen_item,
    reply_to_item,
    route_item,
    take_item,
    visible_item,
)
from .leaving import give_back
from .refills import decide_refill, request_refill
from .reviews import ask_for_review

__all__ = [
    "add_note",
    "ask_for_review",
    "assign_item",
    "complete_item",
    "decide_refill",
    "give_back",
    "mark_read",
    "patient_of_place",
    "release_item",
    "reopen_item",
    "reply",
    "reply_to_item",
    "request_refill",
    "route_item",
    "save_draft",
    "start_conversation",
    "take_item",
    "visible_item",
]
