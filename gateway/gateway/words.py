"""Plain words for the codes that services answer with: states, topics, queues, relations.

A code that is not here is shown as written with its underscores opened, never hidden: a new
state in a service must not break a page.
"""

from __future__ import annotations

from gateway.i18n import N_, translate

WORDS: dict[str, dict[str, str]] = {
    "visit_state": {
        "requested": N_("Asked for"),
        "held": N_("Kept for you"),
        "booked": N_("Booked"),
        "confirmed": N_("Booked"),
        "arrived": N_("Checked in"),
        "in_progress": N_("Under way"),
        "completed": N_("Done"),
        "fulfilled": N_("Done"),
        "cancelled": N_("Cancelled"),
        "missed": N_("Missed"),
        "noshow": N_("Missed"),
    },
    "visit_mode": {
        "in_person": N_("In person"),
        "video": N_("Video"),
        "phone": N_("Phone"),
    },
    "refill_state": {
        "asked": N_("Asked"),
        "new": N_("Asked"),
        "taken": N_("We are working on it"),
        "working": N_("We are working on it"),
        "waiting": N_("We asked you a question"),
        "sent": N_("Sent to pharmacy"),
        "approved": N_("Sent to pharmacy"),
        "ready": N_("Ready"),
        "needs_visit": N_("Needs a visit first"),
        "not_refilled": N_("Not refilled"),
        "denied": N_("Not refilled"),
        "done": N_("Done"),
    },
    "refill_says": {
        "asked": N_("We got your request. Your care team will look at it."),
        "new": N_("We got your request. Your care team will look at it."),
        "taken": N_("Your care team is looking at your request."),
        "working": N_("Your care team is looking at your request."),
        "waiting": N_("We sent you a question. Look in your messages."),
        "sent": N_("We sent this to your pharmacy. Call them to ask when it will be ready."),
        "approved": N_("We sent this to your pharmacy. Call them to ask when it will be ready."),
        "ready": N_("You can pick this up at your pharmacy."),
        "needs_visit": N_("Your care team needs to see you first. Please book a visit."),
        "not_refilled": N_("We did not refill this. Your care team wrote you the reason."),
        "denied": N_("We did not refill this. Your care team wrote you the reason."),
        "done": N_("We are finished with this request."),
    },
    "topic": {
        "medical_question": N_("A health question"),
        "symptom": N_("A health question"),
        "medicine": N_("A medicine"),
        "refill": N_("A refill"),
        "result": N_("A test result"),
        "visit": N_("A visit"),
        "bill": N_("A bill"),
        "billing": N_("A bill"),
        "form": N_("A form or letter"),
        "portal": N_("Help with this site"),
        "other": N_("Something else"),
    },
    "team": {
        "nurses": N_("Nurse team"),
        "nurse": N_("Nurse team"),
        "clinicians": N_("Doctors"),
        "clinician": N_("Doctors"),
        "front_desk": N_("Front desk"),
        "billing": N_("Billing"),
        "practice_administrator": N_("Practice administrator"),
        "care_team": N_("Care team"),
    },
    "role": {
        "nurse": N_("nurse"),
        "clinician": N_("doctor"),
        "front_desk": N_("front desk"),
        "billing": N_("billing"),
        "practice_administrator": N_("practice administrator"),
        "patient": N_("patient"),
        "system": N_("automatic"),
    },
    "queue": {
        "messages": N_("Messages"),
        "refills": N_("Refills"),
        "visits": N_("Visit requests"),
        "results": N_("Results"),
        "forms": N_("Forms"),
        "billing": N_("Billing"),
        "access": N_("Access requests"),
    },
    "ticket_state": {
        "new": N_("New"),
        "taken": N_("Taken"),
        "waiting": N_("Waiting on patient"),
        "done": N_("Done"),
    },
    "ticket_event": {
        "created": N_("came in"),
        "new": N_("came in"),
        "taken": N_("took this"),
        "released": N_("put this back"),
        "assigned": N_("gave this to someone"),
        "routed": N_("moved this to another team"),
        "replied": N_("answered"),
        "noted": N_("wrote a staff note"),
        "waiting": N_("is waiting on the patient"),
        "done": N_("finished this"),
        "reopened": N_("opened this again"),
    },
    "record_of": {
        "mother": N_("You are viewing your mother’s record"),
        "father": N_("You are viewing your father’s record"),
        "child": N_("You are viewing your child’s record"),
        "partner": N_("You are viewing your partner’s record"),
    },
    "relation": {
        "self": N_("You"),
        "mother": N_("Your mother"),
        "father": N_("Your father"),
        "child": N_("Your child"),
        "partner": N_("Your partner"),
    },
    "bill_state": {
        "open": N_("To pay"),
        "issued": N_("To pay"),
        "due": N_("To pay"),
        "late": N_("Past its date"),
        "overdue": N_("Past its date"),
        "part_paid": N_("Partly paid"),
        "processing": N_("Payment on its way"),
        "paid": N_("Paid"),
        "void": N_("Taken back"),
        "refunded": N_("Paid back"),
    },
    "condition_state": {
        "active": N_("Now"),
        "recurrence": N_("Came back"),
        "relapse": N_("Came back"),
        "remission": N_("Better for now"),
        "inactive": N_("Not now"),
        "resolved": N_("In the past"),
    },
    "criticality": {
        "high": N_("Can be serious"),
        "low": N_("Mild"),
        "unable-to-assess": N_("Not known how serious"),
    },
    "severity": {
        "mild": N_("Mild"),
        "moderate": N_("Medium"),
        "severe": N_("Severe"),
    },
    "note_kind": {
        "visit": N_("Visit summary"),
        "visit_summary": N_("Visit summary"),
        "discharge": N_("Going-home summary"),
        "discharge_summary": N_("Going-home summary"),
        "letter": N_("Letter"),
        "report": N_("Report"),
        "document": N_("Document"),
    },
    "category": {
        "results": N_("test results"),
        "medicines": N_("medicines"),
        "medications": N_("medicines"),
        "immunizations": N_("vaccines"),
        "vaccines": N_("vaccines"),
        "conditions": N_("conditions"),
        "allergies": N_("allergies"),
        "notes": N_("visit notes"),
        "documents": N_("documents"),
        "record": N_("health record"),
        "messages": N_("messages"),
        "visits": N_("visits"),
        "bills": N_("bills"),
        "account": N_("account"),
        "contact": N_("contact details"),
    },
    "action": {
        "read": N_("Looked at %(what)s"),
        "write": N_("Changed %(what)s"),
        "release": N_("Released %(what)s"),
        "export": N_("Downloaded %(what)s"),
        "sign_in": N_("Signed in"),
    },
    "channel": {
        "email": N_("Email"),
        "sms": N_("Text message"),
        "post": N_("Letter"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "visit_state": {"cancelled": "", "missed": "warn", "requested": "info"},
    "refill_state": {
        "sent": "ok", "approved": "ok", "ready": "ok", "done": "ok", "needs_visit": "warn",
        "not_refilled": "warn", "denied": "warn", "asked": "info", "new": "info", "taken": "info",
        "working": "info", "waiting": "warn",
    },
    "bill_state": {
        "paid": "ok", "late": "bad", "overdue": "bad", "part_paid": "info", "processing": "info",
        "refunded": "ok",
    },
    "ticket_state": {"new": "info", "waiting": "warn", "done": "ok"},
    "criticality": {"high": "bad"},
    "severity": {"severe": "bad", "moderate": "warn"},
}  # fmt: skip

ICONS: dict[str, dict[str, str]] = {
    "queue": {
        "messages": "message-circle", "refills": "pill", "visits": "calendar-days",
        "results": "flask-conical", "forms": "clipboard-list", "billing": "receipt",
        "access": "key-round",
    },
    "visit_mode": {"in_person": "map-pin", "video": "video", "phone": "phone"},
    "channel": {"email": "mail", "sms": "smartphone", "post": "file-text"},
}  # fmt: skip


def say(code: str, kind: str, *, lang: str, **values: object) -> str:
    """The reader's words for a code, e.g. ``say("booked", "visit_state", lang="es")``."""
    words = WORDS[kind].get(code)
    if words is None:
        return code.replace("_", " ").replace("-", " ").capitalize()
    return translate(lang, words, **values)


def tone(code: str, kind: str) -> str:
    """The colour of meaning that goes with a code: ok, warn, bad, info or none."""
    return TONES.get(kind, {}).get(code, "")


def icon_for(code: str, kind: str) -> str:
    """The icon that goes with a code; a plain document when it has none."""
    return ICONS.get(kind, {}).get(code, "file-text")
