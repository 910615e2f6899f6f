"""Who works in which queue, where a topic goes, and how soon someone answers."""

from __future__ import annotations

from datetime import timedelta

from portico_contracts.messaging import Queue, Topic
from portico_contracts.refusal import NotAllowed

_CLINICAL = frozenset({"nurse", "clinician", "practice_administrator"})
_DESK = frozenset({"front_desk", "practice_administrator"})
QUEUE_ROLES: dict[Queue, frozenset[str]] = {
    # The front desk sorts messages: it routes what is not clinical, so it has to see them.
    "messages": _CLINICAL | {"front_desk"},
    "refills": _CLINICAL,
    "results": _CLINICAL,
    "visits": _DESK,
    "forms": _DESK,
    "access": _DESK,
    "billing": frozenset({"billing", "practice_administrator"}),
}
STAFF = tuple(sorted(frozenset().union(*QUEUE_ROLES.values())))
DECIDES_REFILLS = frozenset({"nurse", "clinician"})


def queues_of(roles: tuple[str, ...]) -> tuple[Queue, ...]:
    """The queues that someone with these roles works in."""
    return tuple(queue for queue, wanted in QUEUE_ROLES.items() if wanted & set(roles))


def check_works_in(queue: Queue, roles: tuple[str, ...]) -> None:
    """Raises NotAllowed for a member of staff who does not work in the queue."""
    if not QUEUE_ROLES[queue] & set(roles):
        raise NotAllowed(f"only {', '.join(sorted(QUEUE_ROLES[queue]))} work in {queue}")


def may_decide_refills(roles: tuple[str, ...]) -> bool:
    """Refills are a clinical decision: administrators see them and do not decide."""
    return bool(DECIDES_REFILLS & set(roles))


# Where a topic goes, and how soon someone answers (in working hours, not hours of the clock)

TOPIC_QUEUES: dict[Topic, Queue] = {
    "symptom": "messages",
    "medicine": "messages",
    "visit": "visits",
    "result": "results",
    "form": "forms",
    "bill": "billing",
    "other": "messages",
}
PROMISES: dict[Topic, timedelta] = {
    "symptom": timedelta(hours=4),
    "medicine": timedelta(hours=9),
    "visit": timedelta(hours=9),
    "result": timedelta(hours=9),
    "form": timedelta(hours=18),
    "bill": timedelta(hours=18),
    "other": timedelta(hours=18),
}
REFILL_PROMISE = timedelta(hours=18)
REVIEW_PROMISE = timedelta(hours=9)
