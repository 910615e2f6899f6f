"""Sample answers of messaging, scheduling, billing and identity, shaped as their contracts say."""

from __future__ import annotations

from typing import Any

from gateway.recovery_words import told

ZONE = "America/New_York"
START, END = "2026-12-01T14:30:00+00:00", "2026-12-01T15:10:00+00:00"
DANA = {"id": "s1", "name": "Dana Whitfield"}
TOM = {"id": "s2", "name": "Tom Alvarez"}
MARIA = {"id": "p1", "name": "Maria Reyes"}
COUNTS = [("messages", 14, 8, 2, 6), ("refills", 9, 4, 0, 0), ("visits", 5, 5, 0, 0),
          ("results", 7, 3, 1, 0), ("forms", 3, 3, 0, 0), ("billing", 4, 4, 0, 0)]  # fmt: skip
STAFF = {
    "staff_id": "s1", "name": "Dana Whitfield", "initials": "DW", "roles": ["nurse"], "q": "",
    "counts": {
        "queues": [{"queue": code, "open": count, "untaken": free, "late": late, "mine": mine}
                   for code, count, free, late, mine in COUNTS],
        "mine": 6, "late": 3,
    },
    "to_release": 3,
}  # fmt: skip


def conversation(key: str, topic: str, subject: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "conversation_id": key, "topic": topic, "subject": subject, "about": None,
        "snippet": "Thank you for the photo.", "last_sender": "staff", "last_author": DANA,
        "last_message_at": at, "unread": False, "state": "waiting", "due_at": None, **more,
    }  # fmt: skip


CONVERSATIONS = {
    "items": [
        conversation("c1", "symptom", "Rash on my arm", "2026-11-23T14:12:00+00:00", unread=True),
        conversation("c2", "form", "Your work note", "2026-11-20T14:12:00+00:00", unread=True,
                     last_author=TOM),
        conversation("c3", "result", "A1C and cholesterol", "2026-10-20T14:12:00+00:00",
                     last_sender="patient", last_author=MARIA),
        conversation("c4", "bill", "Question about my bill", "2025-10-20T14:12:00+00:00",
                     last_author={"id": "s9", "name": None}),
    ],
    "next": "abc",
}  # fmt: skip


def message(key: str, sender: str, at: str, body: str, **more: Any) -> dict[str, Any]:
    return {
        "message_id": key, "sender": sender, "author": DANA if sender == "staff" else MARIA,
        "body": body, "sent_at": f"2026-11-23T{at}:00+00:00", "read_at": None, "read_by": None,
        **more,
    }  # fmt: skip


MESSAGES = [
    message("1", "patient", "13:15",
            "Hi, I started the new cream on Friday. Now I have a red, itchy rash on my left arm. It"
            " is not painful. Should I stop using it?",
            read_at="2026-11-23T13:31:00+00:00", read_by=DANA),
    message("2", "staff", "13:42",
            "Thank you for writing. It looks like a mild reaction to the cream. Please stop using"
            " it and wash the area with cool water.\n\nDo you have any of these: fever, blisters,"
            " or a rash that is spreading?"),
    message("3", "patient", "13:48",
            "No fever and no blisters. It is about the same size as this morning.",
            read_at="2026-11-23T13:49:00+00:00", read_by=DANA),
    message("4", "staff", "13:55",
            "That is good. Dr. Okafor would like a quick look on video to pick another cream."),
]  # fmt: skip
THREAD = {
    "conversation_id": "c1", "request_id": "i3", "topic": "symptom", "queue": "messages",
    "subject": "Rash on my arm", "about": None, "state": "taken",
    "due_at": "2026-11-24T19:00:00+00:00", "handler": DANA, "unread": False, "messages": MESSAGES,
    "earlier": None,
}  # fmt: skip


def refill(key: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "request_id": f"q{key}", "medication_id": key, "name": "Lisinopril 10 mg",
        "pharmacy": "Main Street Pharmacy", "note": "", "status": status, "reason": None,
        "asked_at": "2026-11-23T13:15:00+00:00", "due_at": "2026-11-24T19:00:00+00:00",
        "decided_at": None, "decided_by": None, **more,
    }  # fmt: skip


REFILLS = {
    "items": [refill("m1", "asked"), refill("m2", "working"), refill("m4", "sent_to_pharmacy"),
              refill("m5", "needs_visit", decided_at="2026-11-22T13:15:00+00:00",
                     reason="We have not seen you for a year."),
              refill("m6", "not_refilled", reason="You take a newer one now.")],
    "next": None,
}  # fmt: skip


def item(key: str, title: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "item_id": key, "queue": "messages", "kind": "message", "topic": "symptom", "state": "new",
        "title": title, "patient": {"id": f"p{key}", "name": name}, "language": "en",
        "taken_by": None, "opened_at": "2026-11-23T13:15:00+00:00",
        "due_at": "2026-11-23T14:58:00+00:00", "late": False, **more,
    }  # fmt: skip


ITEMS = {
    "items": [
        item("i1", "Dizzy since new blood pressure pill", "Walter Osei",
             due_at="2026-11-23T13:56:00+00:00", late=True),
        item("i2", "Fiebre después de la vacuna", "Ana Lucía Prado", language="es",
             due_at="2026-11-23T14:14:00+00:00", late=True),
        item("i3", "Rash on my arm", "Maria Reyes", taken_by=DANA, state="taken"),
        item("i4", "Which dose should I take?", "James Holloway", topic="medicine",
             due_at="2026-11-23T17:58:00+00:00"),
        item("i5", "Question about my ultrasound", "Priya Nair", topic="result",
             due_at="2026-11-24T17:58:00+00:00"),
        item("i6", "Form for assisted living", "Ruth Abernathy", topic="form", state="waiting",
             due_at=None, taken_by=TOM),
    ],
    "next": "abc",
}  # fmt: skip
CARDS = {
    f"pi{n}": {"patient_id": f"pi{n}", "name": "", "age": age, "sex": sex, "language": "en",
               "allergies": None}
    for n, (age, sex) in enumerate([(71, "male"), (34, "female"), (58, "female")], start=1)
}  # fmt: skip
QUEUE = {"code": "messages", "show": "all", "list": ITEMS, "counts": STAFF["counts"]["queues"][0],
         "live": "/staff/q/messages/live"}  # fmt: skip
MOVE = {"by": MARIA, "to": None, "queue": "messages", "from_state": None, "to_state": "new",
        "by_leaving": False,
        "at": "2026-11-23T13:15:00+00:00"}  # fmt: skip
ITEM = {
    **ITEMS["items"][2], "conversation": THREAD, "refill": None, "review": None,
    "notes": [{"note_id": "n1", "author": TOM, "written_at": "2026-11-23T13:20:00+00:00",
               "body": "New cream is triamcinolone 0.1%, started Nov 20. No other new medicines."}],
    "history": [{**MOVE, "move": "asked"}, {**MOVE, "move": "taken", "by": DANA},
                {**MOVE, "move": "assigned", "by": None, "to": TOM},
                {**MOVE, "move": "released", "by": TOM, "by_leaving": True}],
    "outcome": None, "may_decide": False,
}  # fmt: skip
REFILL_ITEM = {
    **item("i9", "Lisinopril 10 mg", "Maria Reyes", queue="refills", kind="refill",
           topic="medicine"),
    "conversation": None, "refill": refill("m1", "asked", note="I leave on Friday."), "notes": [],
    "review": None,
    "history": [{**MOVE, "move": "asked"}], "outcome": None, "may_decide": True,
}  # fmt: skip
TEAM = [{"staff_id": "s2", "first_name": "Tom", "last_name": "Alvarez", "title": "",
         "roles": ["front_desk"]}]  # fmt: skip

CHECK_UP = {
    "visit_type_id": "t1", "code": "yearly", "name_en": "Yearly check-up",
    "name_es": "Chequeo anual", "minutes": 40, "modes": ["in_person"], "online": True,
    "notice_hours": 24, "horizon_days": 60, "reason_needed": False,
}  # fmt: skip
PROBLEM = {**CHECK_UP, "visit_type_id": "t2", "code": "problem", "name_en": "A new problem",
           "name_es": "Un problema nuevo", "minutes": 20, "modes": ["in_person", "video"],
           "reason_needed": True}  # fmt: skip
PROVIDERS = [
    {"provider_id": "d1", "staff_account_id": None, "name": "Dr. Amara Okafor",
     "title": "Family doctor", "location_id": "l1", "visit_type_ids": ["t1", "t2"]},
    {"provider_id": "d2", "staff_account_id": None, "name": "Lena Park, NP",
     "title": "Nurse practitioner", "location_id": "l1", "visit_type_ids": ["t1", "t2"]},
    {"provider_id": "d3", "staff_account_id": None, "name": "Dr. Samuel Adeyemi",
     "title": "Family doctor", "location_id": "l1", "visit_type_ids": ["t1"]},
]  # fmt: skip
LOCATION = {"location_id": "l1", "name": "Main Street clinic", "zone": ZONE,
            "address": "12 Main Street, 2nd floor", "phone": "+15550100100"}  # fmt: skip
CHOICES = {"visit_types": [CHECK_UP, PROBLEM], "providers": PROVIDERS, "locations": [LOCATION]}


def free(day: str, at: str, provider: str = "d1") -> dict[str, Any]:
    return {"provider_id": provider, "location_id": "l1", "zone": ZONE,
            "starts_at": f"{day}T{at}:00+00:00",
            "ends_at": f"{day}T{at[:3]}59:00+00:00"}  # fmt: skip


FULL = ["13:20", "14:30", "15:10", "16:30", "18:00", "19:20", "20:40"]
SOONEST = [free("2026-11-24", "19:10", "d2"), free("2026-12-01", "14:30")]
FREE = {
    "days": [{"day": day, "times": [free(day, at) for at in times]}
             for day, times in [("2026-11-30", []), ("2026-12-01", FULL), ("2026-12-02", FULL[:2]),
                                ("2026-12-03", []), ("2026-12-04", FULL[:5]), ("2026-12-05", []),
                                ("2026-12-06", [])]],
    "soonest": SOONEST,
}  # fmt: skip
WITH = {"type": CHECK_UP, "providers": PROVIDERS, "soonest": SOONEST, "provider": "d1"}
TIME = {
    "type": CHECK_UP, "provider": PROVIDERS[0], "providers": PROVIDERS, "location": LOCATION,
    "free": FREE, "day": "2026-12-01", "chosen": f"d1~{START}", "before": None,
    "after": "2026-12-07", "taken": None, "nearest": [], "sooner": SOONEST[0],
}  # fmt: skip
TAKEN = {**TIME, "taken": START, "chosen": "", "sooner": None,
         "nearest": [free("2026-12-01", "15:10"), free("2026-12-01", "16:30", "d2"),
                     free("2026-12-02", "14:30")]}  # fmt: skip
NO_TIMES = {**TIME, "free": {"days": FREE["days"][:1], "soonest": []}, "day": None, "chosen": "",
            "provider": None, "sooner": None}  # fmt: skip
CHECK = {
    "type": PROBLEM, "provider": PROVIDERS[0], "location": LOCATION, "starts_at": START,
    "ends_at": END, "mode": "in_person", "note": "", "email": "m•••@cedargrove.example",
    "mobile": "(555) ••• 0188",
}  # fmt: skip
VISIT = {
    "appointment_id": "v1", "patient_id": "p1", "state": "booked", "mode": "in_person",
    "visit_type_id": "t1", "visit_code": "yearly", "visit_name_en": "Yearly check-up",
    "visit_name_es": "Chequeo anual", "provider_id": "d1", "provider_name": "Dr. Amara Okafor",
    "provider_title": "Family doctor", "location_id": "l1",
    "location_name": "Main Street clinic, 2nd floor", "starts_at": START, "ends_at": END,
    "zone": ZONE, "can_cancel": True, "location_address": "12 Main Street",
    "location_phone": "+15550100100", "reason": "Yearly check", "booked_by": "patient",
    "booked_at": "2026-11-20T14:30:00+00:00", "cancel_until": "2026-11-30T14:30:00+00:00",
    "cancelled_by": None, "cancelled_at": None, "cancel_reason": "",
}  # fmt: skip
DAY = {"day": "2026-11-23", "items": [{**VISIT, "patient_name": "Maria Reyes"}]}

OWED = {"balance_cents": 2400, "currency": "USD", "open_statements": 1, "overdue": False,
        "next_due_on": "2026-12-14", "statement_id": "b1"}  # fmt: skip
PAYMENT = {
    "payment_id": "y1", "statement_id": "b1", "state": "succeeded", "amount_cents": 2400,
    "currency": "USD", "card_brand": "visa", "card_last_four": "4242", "reason": None,
    "started_at": "2026-11-23T14:00:00+00:00", "finished_at": "2026-11-23T14:01:00+00:00",
}  # fmt: skip
BILL = {
    "statement_id": "b1", "issued_on": "2026-11-14", "due_on": "2026-12-14", "currency": "USD",
    "patient_cents": 4800, "paid_cents": 2400, "balance_cents": 2400, "state": "open",
    "overdue": False, "charge_cents": 21000, "adjustment_cents": 4200, "insurance_cents": 12000,
    "lines": [{"line_id": "x1", "service_on": "2026-10-12", "code": "99213",
               "description": "Office visit", "charge_cents": 21000, "adjustment_cents": 4200,
               "insurance_cents": 12000, "patient_cents": 4800}],
    "payments": [PAYMENT],
}  # fmt: skip
BILLS = {"items": [BILL, {**BILL, "state": "paid", "balance_cents": 0},
                   {**BILL, "overdue": True}], "next": "n2"}  # fmt: skip

ACCOUNT = {
    "account_id": "a1", "kind": "patient", "first_name": "Maria", "last_name": "Reyes",
    "language": "en", "email": "maria@cedargrove.example", "mobile": "+15550100188",
    "logins": ["maria@cedargrove.example"], "roles": [],
    "password_changed_at": "2026-01-05T14:00:00+00:00",
}  # fmt: skip
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
SESSIONS = {
    "items": [{"session_id": f"z{n}", "device": device, "this_one": n == 0,
               "started_at": "2026-11-23T13:00:00+00:00",
               "last_seen_at": "2026-11-23T14:10:00+00:00"}
              for n, device in enumerate([IPHONE, "Practice tablet 3"])],
}  # fmt: skip
DEEDS = [
    ({"kind": "you", "name": "", "roles": []}, "results", "read", "list_lab_results"),
    ({"kind": "staff", "name": "Dana Whitfield", "roles": ["nurse"]}, "messages", "write", "reply"),
    ({"kind": "staff", "name": "Tom Alvarez", "roles": ["front_desk"]}, "account", "write",
     "issue_recovery_code:photo_id"),
    ({"kind": "staff", "name": "Tom Alvarez", "roles": ["front_desk"]}, "account", "read",
     "show_sign_in_help"),
    ({"kind": "system", "name": "", "roles": []}, "record", "read", "show_patient"),
]  # fmt: skip
LEDGER = {
    "items": [
        told({"entry_id": f"e{n}", "at": "2026-11-22T14:00:00+00:00", "who": who,
              "category": category, "action": action, "order": order, "on_behalf": False})
        for n, (who, category, action, order) in enumerate(DEEDS)
    ],
    "next": "n2",
}  # fmt: skip
INVITATION = {"claim": "x", "until": END, "first_name": "Maria", "language": "en",
              "email_hint": "m•••@cedargrove.example", "mobile_hint": "(•••) •••-0188",
              "needs": ["login", "password"]}  # fmt: skip
ENROLMENT = {"has_account": False, "enrolled_at": None, "last_sign_in_at": None,
             "invitation": {"invitation_id": "iv1", "state": "issued", "channels": ["email"],
                            "issued_at": "2026-11-20T14:00:00+00:00", "issued_by": "Tom Alvarez",
                            "expires_at": "2026-12-04T14:00:00+00:00"}}  # fmt: skip
ISSUED = {"invitation_id": "iv2", "code": "K7Q2-M9XD", "expires_at": "2026-12-04T14:00:00+00:00",
          "channels": ["email", "sms"]}  # fmt: skip
FAILURE = {
    "failure_id": 7, "service": "notifications", "state": "dead",
    "subscription": "notifications.on_visit_booked", "event_id": "ev1",
    "event_name": "AppointmentBooked", "aggregate_id": "a1", "sequence": 1, "attempts": 5,
    "error": "ValueError at notifications/reactions.py:41", "due_at": None,
    "first_at": "2026-11-22T09:00:00+00:00", "last_at": "2026-11-23T10:00:00+00:00",
    "reason": None, "acted_by": None, "acted_at": None,
}  # fmt: skip
UNREADABLE = {**FAILURE, "failure_id": 8, "service": "billing", "subscription": "billing.*",
              "event_id": None, "event_name": None, "aggregate_id": None, "sequence": None,
              "attempts": 0, "error": "not understood: not an event"}  # fmt: skip
TRIED = {**FAILURE, "state": "waiting", "attempts": 1, "due_at": "2026-11-23T14:30:00+00:00",
         "acted_by": "s9", "acted_at": "2026-11-23T14:19:00+00:00"}  # fmt: skip
DROPPED = {**TRIED, "state": "dropped", "due_at": None, "reason": "We told her by phone."}
SERVICES = ["identity", "records", "messaging", "scheduling", "billing", "notifications"]


def failure_shown(failure: dict, earlier: int = 0) -> dict:
    """What the page of one is given."""
    return {"failure": failure, "fields": ["patient_id", "starts_at"], "bytes": 512,
            "earlier": list(range(earlier))}  # fmt: skip
