"""Joining and leaving: what their pages are given."""

from __future__ import annotations

from typing import Any, get_args

from portico_contracts.identity import Role

AT, SOON = "2026-11-22T14:00:00+00:00", "2026-11-29T14:00:00+00:00"
ROLES = get_args(Role)
FORM = {"first_name": "Nina", "last_name": "Duarte", "title": "RN", "language": "en",
        "email": "nina@cedargrove.example", "mobile": ""}  # fmt: skip
ADD = {"form": FORM, "roles": ROLES, "chosen": ("nurse",)}
NINA = {
    "staff_id": "s7", "first_name": "Nina", "last_name": "Duarte", "title": "RN",
    "roles": ["nurse"], "logins": ["+15550100188", "nina@cedargrove.example"], "joined_at": AT,
    "last_sign_in_at": None, "link_until": SOON,
}  # fmt: skip
DANA = {**NINA, "first_name": "Dana", "last_sign_in_at": AT, "link_until": None}
RUTH = {**DANA, "staff_id": "s1", "roles": ["practice_administrator"]}


def _one(person: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    told = {"person": person, "root": "/staff/people/s7", "roles": ROLES}
    return "staff/person.html", {**told, "chosen": person["roles"]}


OF_STAFF: dict[str, tuple[str, dict[str, Any]]] = {
    "staff-person-add": ("staff/person_add.html", ADD),
    "staff-person-add-wrong": ("staff/person_add.html", {**ADD, "chosen": ()}),
    "staff-person-new": _one(NINA),
    "staff-person-late": _one({**NINA, "link_until": None}),
    "staff-person": _one(DANA),
    "staff-person-own": _one(RUTH),
    "staff-person-leave": (
        "staff/person_leave.html",
        {"person": DANA, "root": "/staff/people/s7"},
    ),
}
WRONG = {
    "errors": [
        {"field": "roles", "text": "Choose at least one role"},
        {"field": "email", "text": "Somebody signs in with this address already"},
    ]
}
JOINING = {"action": "/join/t", "login": "nina@cedargrove.example", "joining": True}
AT_THE_DOOR: dict[str, tuple[str, dict[str, Any]]] = {
    "join": ("door/recover_password.html", JOINING),
    "join-ended": ("door/recover_ended.html", {"joining": True}),
}
