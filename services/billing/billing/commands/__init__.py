"""What billing does when asked: issue statements, start payments, find out how they ended."""

from .payments import finish_payment, start_payment
from .reconciling import measure, reconcile
from .restoring import meet_processor
from .settling import record_card_event
from .statements import issue_statement, write_past_payment, write_statement

__all__ = [
    "finish_payment",
    "issue_statement",
    "measure",
    "meet_processor",
    "reconcile",
    "record_card_event",
    "start_payment",
    "write_past_payment",
    "write_statement",
]
