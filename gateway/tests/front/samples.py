"""Sample contexts: one per page state, with the plain dicts that the templates ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gateway.templating import page_context

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
PRACTICE = {
    "name": "Cedar Grove Family Health",
    "short_name": "Cedar Grove",
    "line": "Family Health",
    "zone": "America/New_York",
    "phones": {"main": "+15550100100", "nurse": "+15550100142"},
}
MARIA = {"first_name": "Maria", "name": "Maria Reyes", "initials": "MR", "relation": None}
ELENA = {"first_name": "Elena", "name": "Elena Reyes", "initials": "ER", "relation": "mother"}
PEOPLE = [{"who": "me", **MARIA}, {"who": "for-k7q2m", **ELENA}]
SESSION = {"seconds_left": 1800, "ends_at": "2026-11-23T14:50:00+00:00"}
STAFF = {
    "name": "Dana Whitfield",
    "initials": "DW",
    "roles": ["nurse"],
    "duty": "Nurse triage",
    "q": "",
    "work": {"mine": 6, "to_release": 3},
    "queues": [
        {"code": "messages", "open": 14, "late": 2},
        {"code": "refills", "open": 9, "late": 0},
        {"code": "visits", "open": 5, "late": 0},
        {"code": "results", "open": 7, "late": 1},
    ],
    "failed": 2,
}
ZONE = "America/New_York"
TIME = "2026-12-01T14:30:00+00:00"


def door(*, lang: str = "en", **more: Any) -> dict[str, Any]:
    known = {"csrf": "c5rf", "idempotency_key": "0192", "path": "/", **more}
    return page_context(practice=PRACTICE, now=NOW, lang=lang, **known)


def patient(*, lang: str = "en", here: str = "home", proxy: bool = False, **more: Any) -> dict[str, Any]:
    known = {
        "here": here, "who": "for-k7q2m" if proxy else "me", "person": ELENA if proxy else MARIA,
        "people": PEOPLE, "counts": {"messages": 2}, "session": SESSION, **more,
    }  # fmt: skip
    return door(lang=lang, **known)


def staff(*, lang: str = "en", here: str = "messages", **more: Any) -> dict[str, Any]:
    return door(lang=lang, **{"here": here, "staff": STAFF, "session": SESSION, **more})


HOME = {
    "visit": {
        "id": "v1", "starts_at": TIME, "zone": ZONE, "title": "Yearly check-up",
        "provider": "Dr. Amara Okafor", "mode": "in_person",
        "location": "Main Street clinic, 2nd floor",
    },
    "todo": [
        {"kind": "result", "id": "r1", "name": "A1C: average blood sugar", "note_by": "Dr. Okafor"},
        {"kind": "bill", "id": "b1", "amount_cents": 2400, "currency": "USD",
         "visit_on": "2026-10-12", "due_on": "2026-12-14"},
        {"kind": "refill", "id": "f1", "name": "Lisinopril 10 mg", "state": "needs_visit"},
    ],
    "messages": [
        {"id": "m1", "from_name": "Dana Whitfield, RN", "initials": "DW",
         "subject": "Rash on my arm", "sent_at": "2026-11-23T14:12:00+00:00"},
        {"id": "m2", "from_name": "Front desk", "initials": "FD", "subject": "Your work note",
         "sent_at": "2026-11-20T15:12:00+00:00"},
    ],
    "low": [{"id": "d1", "name": "Lisinopril 10 mg", "purpose": "For blood pressure",
             "days_left": 6, "share": 20}],
}  # fmt: skip
EMPTY_HOME = {"visit": None, "todo": [], "messages": [], "low": []}

CONVERSATIONS = [
    {"id": "m1", "from_name": "Nurse team", "initials": "DW", "team": "nurse",
     "subject": "Rash on my arm", "last_at": "2026-11-23T14:12:00+00:00", "unread": True},
    {"id": "m2", "from_name": "Front desk", "initials": "FD", "team": "front_desk",
     "subject": "Your work note", "last_at": "2026-11-20T15:12:00+00:00", "unread": True},
    {"id": "m3", "from_name": "Dr. Amara Okafor", "initials": "AO", "team": "clinician",
     "subject": "A1C and cholesterol", "last_at": "2026-10-20T15:12:00+00:00", "unread": False},
    {"id": "m4", "from_name": "Billing", "initials": "BP", "team": "billing",
     "subject": "Question about my bill", "last_at": "2025-10-20T15:12:00+00:00", "unread": False},
]  # fmt: skip


def message(key: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "mine": False, "by": "Dana Whitfield", "role": "nurse",
        "sent_at": "2026-11-23T14:12:00+00:00", "body": "", "lang": "en", "read_by": None,
        "kind": "message", "files": [], "suggestion": None, **more,
    }  # fmt: skip


MESSAGES = [
    message("1", mine=True, by="Maria Reyes", role=None, sent_at="2026-11-23T13:15:00+00:00",
            body="Hi, I started the new cream on Friday. Now I have a red, itchy rash on my left "
                 "arm. It is not painful. Should I stop using it?", read_by="nurse team",
            files=[{"id": "f1", "name": "arm-photo.jpg", "size": 1_200_000, "scanned": True}]),
    message("2", kind="system", body="Dana Whitfield joined"),
    message("3", body="Thank you for the photo. It looks like a mild reaction to the cream. Please "
                      "stop using it and wash the area with cool water.\n\nDo you have any of "
                      "these: fever, blisters, or a rash that is spreading?"),
    message("4", mine=True, by="Maria Reyes", role=None,
            body="No fever and no blisters. It is about the same size as this morning."),
    message("5", body="That is good. Dr. Okafor would like a quick look on video to pick a "
                      "different cream.",
            suggestion={"title": "Video visit with Dr. Okafor",
                        "sub": "Today at 4:00 PM, 15 minutes",
                        "links": [{"href": "/me/visits/book/check?hold=1",
                                   "label": "Book this visit"},
                                  {"href": "/me/visits/book/time", "label": "See other times"}]}),
]  # fmt: skip
THREAD = {
    "id": "m1", "subject": "Rash on my arm", "team": "nurse", "state": "taken",
    "reply_by": "2026-11-24T19:00:00+00:00", "on_duty": None, "people": ["DW", "AO"],
    "messages": MESSAGES, "earlier": None, "draft": "", "others": CONVERSATIONS,
    "more_others": None,
}  # fmt: skip
NEW_MESSAGE = {
    "topics": ["medical_question", "medicine", "result", "visit", "bill", "form", "other"],
    "topic": "", "subject": "", "body": "", "about": None, "reply_within": "1 business day",
}  # fmt: skip

BOOKING = {
    "reasons": [
        {"code": "yearly", "title": "Yearly check-up", "sub": "40 minutes, in person"},
        {"code": "follow_up", "title": "Follow-up", "sub": "20 minutes, in person or video"},
        {"code": "new_problem", "title": "A new problem", "sub": "20 minutes, in person"},
    ],
    "reason": {"code": "yearly", "title": "Yearly check-up"},
    "note": "",
}
WITH = {
    "reason": BOOKING["reason"],
    "providers": [
        {"id": "p1", "name": "Dr. Amara Okafor", "initials": "AO", "title": "Family doctor",
         "mine": True, "next_at": TIME, "zone": ZONE},
        {"id": "p2", "name": "Lena Park, NP", "initials": "LP", "title": "Nurse practitioner",
         "mine": False, "next_at": "2026-11-24T19:10:00+00:00", "zone": ZONE},
        {"id": "p3", "name": "Dr. Samuel Adeyemi", "initials": "SA", "title": "Family doctor",
         "mine": False, "next_at": None, "zone": ZONE},
    ],
    "soonest": {"starts_at": "2026-11-24T19:10:00+00:00", "zone": ZONE, "provider": "Lena Park, NP"},
    "provider": "p1",
}  # fmt: skip
WEEK = [("2026-11-30", 0, False), ("2026-12-01", 7, False), ("2026-12-02", 2, False),
        ("2026-12-03", 0, False), ("2026-12-04", 5, False), ("2026-12-05", 0, True)]  # fmt: skip
TIMES = {
    "reason": BOOKING["reason"],
    "provider": {"id": "p1", "name": "Dr. Okafor", "initials": "AO"},
    "sub": "In person, 40 minutes, Main Street clinic", "zone": ZONE, "taken": None,
    "week": {
        "first": "2026-11-30", "last": "2026-12-05", "before": None, "after": "?day=2026-12-07",
        "days": [{"date": day, "count": count, "closed": closed, "current": day == "2026-12-01",
                  "href": f"?day={day}"} for day, count, closed in WEEK],
    },
    "day": "2026-12-01",
    "slots": [{"id": f"s{i}", "starts_at": f"2026-12-01T{at}:00+00:00", "provider": None}
              for i, at in enumerate(["13:20", "14:30", "15:10", "16:30", "18:00", "19:20", "20:40"])],
    "chosen": "s1",
    "others": [{"kind": "sooner", "href": "/me/visits/book/time?provider=p2",
                "title": "Sooner, with Lena Park, NP", "sub": "Tomorrow at 2:10 PM. Same clinic."}],
}  # fmt: skip
CHECK = {
    "reason": BOOKING["reason"], "provider": {"id": "p1", "name": "Dr. Amara Okafor"},
    "starts_at": TIME, "ends_at": "2026-12-01T15:10:00+00:00", "zone": ZONE, "mode": "in_person",
    "location": "Main Street clinic, 2nd floor", "address": "12 Main Street", "hold_id": "h1",
    "change": "/me/visits/book/time?reason=yearly", "note": "", "cost": None,
    "contact": [{"channel": "email", "to": "m•••@cedargrove.example"},
                {"channel": "sms", "to": "(555) ••• 0188"}],
}  # fmt: skip


def ticket(key: str, name: str, age: int, subject: str, snippet: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key, "queue": "messages", "patient": {"id": key, "name": name, "age": age, "sex": "F"},
        "subject": subject, "snippet": snippet, "topic": "symptom", "lang": "en",
        "due_at": "2026-11-23T14:58:00+00:00", "state": "new", "owner": None, "on_behalf": None,
        **more,
    }  # fmt: skip


TICKETS = [
    ticket("1", "Walter Osei", 71, "Dizzy since new blood pressure pill",
           "I get lightheaded when I stand up in the morning. It started on",
           due_at="2026-11-23T13:56:00+00:00"),
    ticket("2", "Ana Lucía Prado", 34, "Fiebre después de la vacuna",
           "Mi hijo tiene fiebre de 101 desde anoche", lang="es", on_behalf="For child, 2",
           due_at="2026-11-23T14:14:00+00:00"),
    ticket("3", "Maria Reyes", 58, "Rash on my arm", "No fever and no blisters. It is about",
           owner={"name": "Dana Whitfield", "initials": "DW", "me": True}, state="taken"),
    ticket("4", "James Holloway", 45, "Which dose should I take?",
           "The label says one tablet but my summary says two", topic="medicine",
           due_at="2026-11-23T17:58:00+00:00"),
    ticket("5", "Priya Nair", 29, "Question about my ultrasound", "I saw the report", topic="result",
           due_at="2026-11-24T17:58:00+00:00"),
    ticket("6", "Ruth Abernathy", 83, "Form for assisted living", "My daughter is sending the form",
           topic="form", state="waiting", owner={"name": "Tom Alvarez", "initials": "TA",
                                                 "me": False}),
]  # fmt: skip
QUEUE = {
    "code": "messages", "show": "all", "counts": {"all": 14, "take": 8, "mine": 6, "waiting": 5},
    "tickets": TICKETS, "more": "?after=abc", "live": "/staff/q/messages/live",
}  # fmt: skip
ITEM = {
    "id": "3", "queue": "messages", "subject": "Rash on my arm", "topic": "symptom",
    "state": "taken", "due_at": "2026-11-23T14:58:00+00:00", "number": "M-1042", "lang": "en",
    "patient": {
        "id": "p1", "name": "Maria Reyes", "first_name": "Maria", "initials": "MR",
        "born_on": "1968-03-04", "number": "204-118", "languages": "English, Spanish",
        "doctor": "A. Okafor", "allergies": ["penicillin"], "next_visit": TIME,
    },
    "owner": {"id": "s1", "name": "Dana Whitfield", "initials": "DW", "me": True},
    "viewers": ["Tom Alvarez"],
    "messages": [
        message("1", by="Maria Reyes", role=None, body=MESSAGES[0]["body"]),
        message("n", kind="note", by="Tom Alvarez",
                body="New cream is triamcinolone 0.1%, started Nov 20. No other new medicines."),
        message("3", mine=True, body=MESSAGES[2]["body"], read_by="Maria"),
        message("4", by="Maria Reyes", role=None, body=MESSAGES[3]["body"]),
    ],
    "moves": [{"at": "2026-11-23T13:15:00+00:00", "by": "Maria Reyes", "what": "created",
               "to": None},
              {"at": "2026-11-23T13:31:00+00:00", "by": "Dana Whitfield", "what": "taken",
               "to": None}],
    "draft": "", "team_members": [{"id": "s2", "name": "Tom Alvarez"}],
    "teams": ["front_desk", "billing"], "refill": None, "live": "/staff/q/messages/3/live",
    "may": {"reply": True, "take": False, "release": True, "assign": True, "done": True,
            "reopen": False},
}  # fmt: skip
Sample = tuple[str, Callable[..., dict[str, Any]], dict[str, Any]]
