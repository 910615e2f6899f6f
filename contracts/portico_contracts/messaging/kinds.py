"""The words that messaging uses for what a request is and how it stands."""

from typing import Literal

Topic = Literal["symptom", "medicine", "visit", "result", "form", "bill", "other"]
Queue = Literal["messages", "refills", "visits", "results", "forms", "billing", "access"]
Kind = Literal["message", "refill", "review"]
State = Literal["new", "taken", "waiting", "done"]
Sender = Literal["patient", "staff"]
RefillStatus = Literal["asked", "working", "sent_to_pharmacy", "needs_visit", "not_refilled"]
Outcome = Literal["answered", "handled", "sent_to_pharmacy", "needs_visit", "not_refilled"]
MoveName = Literal[
    "asked",
    "taken",
    "released",
    "assigned",
    "routed",
    "answered",
    "finished",
    "reopened",
    "patient_wrote",
]

LONGEST_BODY = 10_000
