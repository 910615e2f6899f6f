"""Getting back in: what its pages are given."""

from __future__ import annotations

from typing import Any

from front_record import PATIENT

from gateway.qr import qr_code
from gateway.recovery_words import PROOFS

Shown = dict[str, tuple[str, dict[str, Any]]]

LOGIN, LINK = "maria@cedargrove.example", "https://portal.cedargrove.example/recover"
AT, SOON = "2026-11-22T14:00:00+00:00", "2026-11-24T14:00:00+00:00"
FORM = {"login": LOGIN, "code": "K7Q2-M9XD", "month": "3", "day": "4", "year": "1968"}
CHOOSE = {"action": "/recover/password", "login": LOGIN}
WRONG = {"errors": [{"field": "login", "text": "These do not fit together."}]}
HELP = {
    "has_account": True, "name": "Maria Reyes", "logins": ["+15550100188", LOGIN],
    "last_sign_in_at": AT, "app_since": AT, "app_used_at": AT, "text_since": None,
    "recovery_codes_left": 8, "code": None,
}  # fmt: skip
CODE = {"issued_at": AT, "issued_by": "Tom Alvarez", "proof": "photo_id", "expires_at": SOON,
        "tries_left": 5}  # fmt: skip
NOTHING = {
    **HELP, "has_account": False, "logins": [], "last_sign_in_at": None, "app_since": None,
    "app_used_at": None, "recovery_codes_left": 0,
}  # fmt: skip
ISSUED = {"code": "K7Q2-M9XD", "login": LOGIN, "expires_at": SOON}
PEOPLE = [
    {"staff_id": f"s{n}", "first_name": first, "last_name": last, "title": "", "roles": roles}
    for n, (first, last, roles) in enumerate(
        [("Tom", "Alvarez", ["front_desk", "billing"]), ("Dana", "Whitfield", ["nurse"])]
    )
]

AT_THE_DOOR: Shown = {
    "forgot": ("door/forgot.html", {"form": FORM}),
    "forgot-sent": ("door/forgot_sent.html", {}),
    "recover": ("door/recover.html", {"form": FORM}),
    "recover-wrong": ("door/recover.html", {"form": FORM}),
    "recover-password": ("door/recover_password.html", CHOOSE),
    "recover-ended": ("door/recover_ended.html", {}),
}
KNOWN = {"recover-wrong": WRONG}


SHEET = {"issued": ISSUED, "link": LINK, "qr": qr_code(LINK), "born": True}


def _help(shown: dict[str, Any], patient: Any) -> tuple[str, dict[str, Any]]:
    root = "/staff/patients/p1/sign-in" if patient else "/staff/people/s1/sign-in"
    told = {"name": "Maria Reyes", "root": root, "back": "/staff/people", "proofs": PROOFS}
    return "staff/sign_in_help.html", {**told, "patient": patient, "shown": shown, "sheet": None}


OF_STAFF: Shown = {
    "staff-help": _help(HELP, PATIENT),
    "staff-help-open": _help({**HELP, "code": CODE}, PATIENT),
    "staff-help-over": _help({**HELP, "code": {**CODE, "tries_left": 0}}, None),
    "staff-help-none": _help(NOTHING, PATIENT),
}
