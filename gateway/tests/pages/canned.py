"""Replies of the services, shaped as their contracts say, for pages to be drawn from."""

from __future__ import annotations

from typing import Any


def key(n: int) -> str:
    """An id that tells in a failure which one it is."""
    return f"0192f000-0000-7000-8000-{n:012d}"


PATIENT_ID = "0192f000-0000-7000-8000-0000000000aa"
MARIA = {"id": PATIENT_ID, "name": "Maria Reyes"}
DANA = {"id": key(1), "name": "Dana Whitfield"}
TOM = {"id": key(2), "name": "Tom Alvarez"}
THREAD_ID, ITEM_ID, RESULT_ID, OTHER_ID = key(100), key(200), key(300), key(900)
AT = "2026-11-23T14:00:00+00:00"
DRAFT = {"place": "new", "topic": "", "subject": "", "body": "", "saved_at": None}


def message(n: int, body: str, sender: str = "patient") -> dict[str, Any]:
    author = MARIA if sender == "patient" else DANA
    return {"message_id": key(400 + n), "sender": sender, "author": author, "body": body,
            "sent_at": AT, "read_at": None, "read_by": None}  # fmt: skip


def thread(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "conversation_id": THREAD_ID, "request_id": ITEM_ID, "topic": "symptom",
        "queue": "messages", "subject": "Rash on my arm", "about": None, "state": "taken",
        "due_at": AT, "handler": DANA, "unread": False, "messages": list(messages),
        "earlier": None, **more,
    }  # fmt: skip


CONVERSATIONS = {
    "items": [{
        "conversation_id": THREAD_ID, "topic": "symptom", "subject": "Rash on my arm",
        "about": None, "snippet": "I have a red rash", "last_sender": "staff",
        "last_author": DANA, "last_message_at": AT, "unread": True, "state": "waiting",
        "due_at": None,
    }],
    "next": None,
}  # fmt: skip
STARTED = {"conversation_id": THREAD_ID, "message_id": key(401), "request_id": ITEM_ID,
           "due_at": AT}  # fmt: skip


def sent(body: str) -> dict[str, Any]:
    return {"conversation_id": THREAD_ID, "message": message(9, body), "state": "new",
            "due_at": AT}  # fmt: skip


def row(n: int = 200, **more: Any) -> dict[str, Any]:
    return {
        "item_id": key(n), "queue": "messages", "kind": "message", "topic": "symptom",
        "state": "new", "title": "Rash on my arm", "patient": MARIA, "language": "es",
        "taken_by": None, "opened_at": AT, "due_at": AT, "late": True, **more,
    }  # fmt: skip


def item(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    move = {"move": "asked", "by": MARIA, "to": None, "queue": "messages", "from_state": None,
            "by_leaving": False,
            "to_state": "new", "at": AT}  # fmt: skip
    note = {"note_id": key(500), "author": TOM, "body": "She called too.", "written_at": AT}
    return {
        **row(**more), "conversation": thread(*messages), "refill": None, "review": None,
        "notes": [note], "history": [move], "outcome": None, "may_decide": False,
    }  # fmt: skip


def refill_item(**more: Any) -> dict[str, Any]:
    refill = {
        "request_id": ITEM_ID, "medication_id": key(600), "name": "Lisinopril 10 mg",
        "pharmacy": "Main Street Pharmacy", "note": "", "status": "asked", "reason": None,
        "asked_at": AT, "due_at": AT, "decided_at": None, "decided_by": None,
    }  # fmt: skip
    known = {"queue": "refills", "kind": "refill", "topic": "medicine", **more}
    return {**item(**known), "conversation": None, "refill": refill, "may_decide": True}


def review_item(**more: Any) -> dict[str, Any]:
    known = {"queue": "billing", "kind": "review", "topic": "bill", "title": "payment_mismatch"}
    return {
        **item(**known, **more),
        "conversation": None,
        "review": {"about": f"payment:{key(900)}"},
    }


def listed(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(rows), "next": None}


COUNTS = {
    "queues": [{"queue": "messages", "open": 3, "untaken": 2, "late": 1, "mine": 1},
               {"queue": "refills", "open": 2, "untaken": 2, "late": 0, "mine": 0}],
    "mine": 1, "late": 1,
}  # fmt: skip
CARDS = {"items": [{"patient_id": PATIENT_ID, "name": "Maria Reyes", "age": 58, "sex": "female",
                    "language": "es", "allergies": "Penicillin"}]}  # fmt: skip
STAFF = {"items": [{"staff_id": TOM["id"], "first_name": "Tom", "last_name": "Alvarez",
                    "title": "", "roles": ["front_desk"]}]}  # fmt: skip
PATIENT = {
    "patient_id": PATIENT_ID, "name": "Maria Reyes", "given": "Maria", "family": "Reyes",
    "birth_date": "1968-03-04", "sex": "female", "language": "es", "deceased": False, "age": 58,
    "email": "maria@cedargrove.example", "mobile": "+15550100188", "phone": None,
    "address": "12 Elm Street", "allergies": ["Penicillin"], "source": "Cedar Grove",
    "registered_at": AT,
}  # fmt: skip
NOT_ENROLLED = {"has_account": False, "enrolled_at": None, "last_sign_in_at": None,
                "invitation": None}  # fmt: skip
INVITATION = {"invitation_id": key(700), "code": "K7Q2-M9XD", "expires_at": AT,
              "channels": ["email", "sms"]}  # fmt: skip
RESULT = {
    "result_id": RESULT_ID, "name": "Hemoglobin A1c", "plain_name": "A1C", "code": "4548-4",
    "value": "6.1", "shown": "6.1", "unit": "%", "range_low": "4.0", "range_high": "5.6",
    "range_text": "4.0 - 5.6 %", "flag": "high", "status": "final", "collected_at": AT,
    "released_at": None, "panel_id": None, "panel": None, "source": "Cedar Grove",
    "performer": None, "is_new": False, "has_comment": False,
}  # fmt: skip
RESULT_SHOWN = {
    **RESULT, "code_system": "http://loinc.org", "interpretation": "H", "received_at": AT,
    "first_viewed_at": None, "history": [], "together": [], "comments": [],
}  # fmt: skip
WAITING = {
    "items": [{
        "result_id": RESULT_ID, "patient_id": PATIENT_ID, "patient_name": "Maria Reyes",
        "birth_date": "1968-03-04", "name": "Hemoglobin A1c", "plain_name": "A1C",
        "shown": "6.1", "unit": "%", "range_text": "4.0 - 5.6 %", "flag": "high",
        "status": "final", "panel": None, "collected_at": AT, "received_at": AT,
        "source": "Cedar Grove",
    }],
    "next": None,
}  # fmt: skip
RELEASED = {"result_id": RESULT_ID, "patient_id": PATIENT_ID, "released_at": AT,
            "comment_id": None}  # fmt: skip
COMMENTED = {"comment_id": key(800), "result_id": RESULT_ID, "patient_id": PATIENT_ID,
             "written_at": AT}  # fmt: skip


def failure(n: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "failure_id": n, "service": "notifications", "state": "dead",
        "subscription": "notifications.on_visit_booked", "event_id": key(950),
        "event_name": "AppointmentBooked", "aggregate_id": key(951), "sequence": 1,
        "attempts": 5, "error": "ValueError at notifications/reactions.py:41", "due_at": None,
        "first_at": AT, "last_at": AT, "reason": None, "acted_by": None, "acted_at": None, **more,
    }  # fmt: skip


def failure_shown(**more: Any) -> dict[str, Any]:
    return {"failure": failure(**more), "fields": ["patient_id", "starts_at"], "bytes": 512,
            "earlier": []}  # fmt: skip
