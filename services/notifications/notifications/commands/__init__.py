"""What notifications does when asked, or when it is time: send, record how it went, stop."""

from .sending import keep_sending, send_batch, tidy
from .statuses import record_text_status, stop_mail

__all__ = ["keep_sending", "record_text_status", "send_batch", "stop_mail", "tidy"]
