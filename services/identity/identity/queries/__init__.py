"""What identity is asked: columns in, plain dicts out; a module a topic."""

from .helping import page_of_staff, show_sign_in_help, show_staff_sign_in_help
from .ledger import ledger_page
from .people import (
    list_sessions,
    list_staff,
    show_account,
    show_enrolment,
    show_second_factors,
    staff_cards,
)
from .staff import show_staff_member

__all__ = [
    "ledger_page",
    "list_sessions",
    "list_staff",
    "page_of_staff",
    "show_account",
    "show_enrolment",
    "show_second_factors",
    "show_sign_in_help",
    "show_staff_member",
    "show_staff_sign_in_help",
    "staff_cards",
]
