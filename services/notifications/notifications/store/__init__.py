"""Writes and locked reads of notifications."""

from .contacts import contacts, keep_contact, stop_mail, stop_texts
from .reports import (
    leave_unconfirmed,
    record_status,
    take_unreached,
    take_unreported,
    text_recipient,
    the_text,
)
from .sending import give, lease, queue, settle
from .tidying import (
    expire,
    is_overtaken,
    make_partitions,
    pull_back,
    release_stuck,
    supersede,
    superseded,
)

__all__ = [
    "contacts",
    "expire",
    "give",
    "is_overtaken",
    "keep_contact",
    "lease",
    "leave_unconfirmed",
    "make_partitions",
    "pull_back",
    "queue",
    "record_status",
    "release_stuck",
    "settle",
    "stop_mail",
    "stop_texts",
    "supersede",
    "superseded",
    "take_unreached",
    "take_unreported",
    "text_recipient",
    "the_text",
]
