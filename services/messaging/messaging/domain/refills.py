"""What a decision on a refill means, and what the patient reads of it."""

from __future__ import annotations

from portico_contracts.messaging import Outcome, RefillReasonNeeded, RefillStatus
from portico_contracts.refusal import NotAllowed

from .queues import may_decide_refills
from .standing import Standing

DECISIONS: dict[str, Outcome] = {
    "approve": "sent_to_pharmacy",
    "needs_visit": "needs_visit",
    "deny": "not_refilled",
}


def refill_outcome(decision: str, *, reason: str, roles: tuple[str, ...]) -> Outcome:
    """What a decision means. Raises NotAllowed for other roles, RefillReasonNeeded without one."""
    if not may_decide_refills(roles):
        raise NotAllowed("only nurses and clinicians decide on refills")
    if decision != "approve" and not reason.strip():
        raise RefillReasonNeeded
    return DECISIONS[decision]


def refill_status(standing: Standing) -> RefillStatus:
    """What the patient reads about a refill; it follows from how its request stands."""
    match standing.outcome:
        case "sent_to_pharmacy" | "needs_visit" | "not_refilled" as decided:
            return decided
        case _:
            return "asked" if standing.taken_by is None else "working"
