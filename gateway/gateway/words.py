"""Plain words for the codes that services answer with: states, topics, queues, relations.

A code that is not here is shown as written with its underscores opened, never hidden: a new
state in a service must not break a page.
"""

from __future__ import annotations

from gateway.i18n import N_, translate
from gateway.recovery_words import DEEDS, PROOF_HELP, PROOF_TOLD, PROOFS
from gateway.review_words import REVIEW_HELP, REVIEWS

WORDS: dict[str, dict[str, str]] = {
    "visit_mode": {
        "in_person": N_("In person"),
        "video": N_("Video"),
        "phone": N_("Phone"),
    },
    "refill_state": {
        "asked": N_("Asked"),
        "working": N_("We are working on it"),
        "sent_to_pharmacy": N_("Sent to pharmacy"),
        "needs_visit": N_("Needs a visit first"),
        "not_refilled": N_("Not refilled"),
    },
    "refill_says": {
        "asked": N_("We got your request. Your care team will look at it."),
        "working": N_("Your care team is looking at your request."),
        "sent_to_pharmacy": N_(
            "We sent this to your pharmacy. Call them to ask when it will be ready."
        ),
        "needs_visit": N_("Your care team needs to see you first. Please book a visit."),
        "not_refilled": N_("We did not refill this. Your care team wrote you the reason."),
    },
    "topic": {
        "symptom": N_("A health question"),
        "medicine": N_("A medicine"),
        "result": N_("A test result"),
        "visit": N_("A visit"),
        "bill": N_("A bill"),
        "form": N_("A form or letter"),
        "other": N_("Something else"),
    },
    "topic_short": {
        "symptom": N_("Symptom"),
        "medicine": N_("Medicine"),
        "result": N_("Results"),
        "visit": N_("Visit"),
        "bill": N_("Bill"),
        "form": N_("Form"),
        "other": N_("Other"),
    },
    "topic_team": {
        "symptom": N_("Nurse team"),
        "medicine": N_("Nurse team"),
        "result": N_("Nurse team"),
        "visit": N_("Front desk"),
        "bill": N_("Billing"),
        "form": N_("Front desk"),
        "other": N_("Care team"),
    },
    "queue_team": {
        "messages": N_("Your nurse team"),
        "refills": N_("Your nurse team"),
        "visits": N_("Our front desk"),
        "results": N_("Your nurse team"),
        "forms": N_("Our front desk"),
        "billing": N_("Our billing team"),
        "access": N_("Our front desk"),
    },
    "part_of_day": {
        "morning": N_("Morning"),
        "afternoon": N_("Afternoon"),
        "evening": N_("Evening"),
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
        "asked": N_("asked for this"),
        "taken": N_("took this"),
        "released": N_("put this back"),
        "assigned": N_("gave this to someone"),
        "routed": N_("moved this to another team"),
        "answered": N_("answered"),
        "finished": N_("finished this"),
        "reopened": N_("opened this again"),
        "patient_wrote": N_("wrote again"),
    },
    "deed": DEEDS,
    "proof": PROOFS,
    "proof_help": PROOF_HELP,
    "proof_told": PROOF_TOLD,
    "review": REVIEWS,
    "review_help": REVIEW_HELP,
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
        "paid": N_("Paid"),
    },
    "payment_state": {
        "created": N_("Begun"),
        "pending": N_("On its way"),
        "succeeded": N_("Paid"),
        "failed": N_("Did not go through"),
        "canceled": N_("Stopped"),
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
        "discharge": N_("Going-home summary"),
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
    "flag": {
        "normal": N_("In range"),
        "low": N_("Low"),
        "high": N_("High"),
        "very_low": N_("Very low"),
        "very_high": N_("Very high"),
        "abnormal": N_("Not in range"),
        "positive": N_("Positive"),
        "negative": N_("Negative"),
    },
    "service": {
        "identity": N_("Accounts and sign-in"),
        "records": N_("Health records"),
        "messaging": N_("Messages and requests"),
        "scheduling": N_("Visits"),
        "billing": N_("Bills"),
        "notifications": N_("Emails and texts"),
    },
    "failure_state": {
        "dead": N_("Not done"),
        "waiting": N_("Being tried again"),
        "applied": N_("Done after all"),
        "dropped": N_("Dropped"),
    },
    "invitation_state": {
        "issued": N_("Invited"),
        "opened": N_("Began to set up"),
        "accepted": N_("Has an account"),
        "expired": N_("Invitation too old"),
        "replaced": N_("Newer invitation sent"),
        "locked": N_("Locked after wrong tries"),
    },
    "channel": {
        "email": N_("email"),
        "sms": N_("text"),
        "post": N_("letter"),
    },
}

TONES: dict[str, dict[str, str]] = {
    "refill_state": {
        "asked": "info",
        "working": "info",
        "sent_to_pharmacy": "ok",
        "needs_visit": "warn",
        "not_refilled": "warn",
    },
    "bill_state": {"paid": "ok"},
    "payment_state": {"succeeded": "ok", "pending": "info", "failed": "warn"},
    "ticket_state": {"new": "info", "waiting": "warn", "done": "ok"},
    "criticality": {"high": "bad"},
    "severity": {"severe": "bad", "moderate": "warn"},
    "condition_state": {"active": "info"},
    "failure_state": {"dead": "bad", "waiting": "info", "applied": "ok"},
}

ICONS: dict[str, dict[str, str]] = {
    "queue": {
        "messages": "message-circle",
        "refills": "pill",
        "visits": "calendar-days",
        "results": "flask-conical",
        "forms": "clipboard-list",
        "billing": "receipt",
        "access": "key-round",
    },
    "visit_mode": {"in_person": "map-pin", "video": "video", "phone": "phone"},
}


def say(code: str, kind: str, *, lang: str, **values: object) -> str:
    """The reader's words for a code, e.g. ``say("new", "ticket_state", lang="es")``."""
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
