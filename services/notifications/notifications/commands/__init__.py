"""What notifications does when asked, or when it is time: send, record how it went, stop."""

from .reconciling import ask_about_texts, follow_up
from .sending import expire_old, keep_sending, make_months_ahead, release_stuck, send_batch
from .statuses import record_text_status, stop_mail

__all__ = [
    "ask_about_texts",
    "expire_old",
    "follow_up",
    "keep_sending",
    "make_months_ahead",
    "record_text_status",
    "release_stuck",
    "send_batch",
    "stop_mail",
]
