"""The rules: who works where, and how a request moves on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID, uuid4

import pytest

from messaging.domain import standing
from messaging.domain.hours import read_hours
from messaging.domain.queues import (
    PROMISES,
    QUEUE_ROLES,
    TOPIC_QUEUES,
    check_works_in,
    may_decide_refills,
    queues_of,
)
from messaging.domain.references import check_about, check_place
from messaging.domain.refills import refill_outcome, refill_status
from messaging.domain.standing import Standing
from portico_contracts.identity import Role
from portico_contracts.messaging import (
    AlreadyDone,
    AlreadyTaken,
    NotFinished,
    NotTaken,
    Queue,
    RefillReasonNeeded,
    Topic,
    WrongQueue,
)
from portico_contracts.refusal import BadRequest, NotAllowed

HOURS = read_hours(weekly="mon-fri 08:00-17:00", zone="America/New_York", holidays="")
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
DANA, PRIYA = uuid4(), uuid4()
NEW = standing.asked(HOURS, promise=timedelta(hours=4), now=NOON)
TAKEN = standing.taken(NEW, by=DANA)
WAITING = standing.answered(TAKEN, by=DANA, now=NOON)
DONE = standing.finished(TAKEN, by=DANA, outcome="answered", now=NOON)

WORKS_IN: dict[str, set[Queue]] = {
    "nurse": {"messages", "refills", "results"},
    "clinician": {"messages", "refills", "results"},
    "front_desk": {"messages", "visits", "forms", "access"},
    "billing": {"billing"},
    "practice_administrator": set(get_args(Queue)),
}


@pytest.mark.parametrize("role", get_args(Role))
def test_each_role_works_in_its_queues_and_in_no_other(role: str) -> None:
    assert set(queues_of((role,))) == WORKS_IN[role]
    for queue in set(get_args(Queue)) - WORKS_IN[role]:
        with pytest.raises(NotAllowed):
            check_works_in(queue, (role,))


def test_every_queue_has_someone_and_every_topic_a_queue_and_a_promise() -> None:
    assert set(QUEUE_ROLES) == set(get_args(Queue))
    assert set(TOPIC_QUEUES) == set(PROMISES) == set(get_args(Topic))


@pytest.mark.parametrize("role", get_args(Role))
def test_only_nurses_and_clinicians_decide_on_refills(role: str) -> None:
    assert may_decide_refills((role,)) == (role in ("nurse", "clinician"))


def test_what_is_taken_cannot_be_taken_by_another() -> None:
    with pytest.raises(AlreadyTaken) as refused:
        standing.taken(TAKEN, by=PRIYA)
    assert refused.value.facts == {"by": str(DANA)}


def test_taking_twice_is_taking_once() -> None:
    assert standing.taken(TAKEN, by=DANA) == TAKEN


def test_only_its_holder_gives_an_item_back() -> None:
    assert standing.released(TAKEN, by=DANA) == NEW
    with pytest.raises(AlreadyTaken):
        standing.released(TAKEN, by=PRIYA)
    with pytest.raises(NotTaken):
        standing.released(NEW, by=PRIYA)


def test_an_item_is_handed_over_whoever_holds_it() -> None:
    assert standing.assigned(TAKEN, to=PRIYA).taken_by == PRIYA
    assert standing.assigned(NEW, to=PRIYA).state == "taken"
    assert standing.assigned(WAITING, to=PRIYA).state == "waiting"


def test_the_clock_stands_while_it_waits_on_the_patient() -> None:
    assert not WAITING.late(NOON + timedelta(days=30))
    assert WAITING.shown_due_at is None
    assert TAKEN.late(NOON + timedelta(days=30))


def test_a_patients_reply_brings_it_back_to_its_holder_with_a_new_promise() -> None:
    later = NOON + timedelta(days=7)
    again = standing.patient_wrote(WAITING, hours=HOURS, promise=timedelta(hours=4), now=later)
    assert (again.state, again.taken_by) == ("taken", DANA)
    assert again.due_at == later + timedelta(hours=4)


def test_a_patients_reply_reopens_what_is_done_for_whoever_is_there() -> None:
    later = NOON + timedelta(days=7)
    again = standing.patient_wrote(DONE, hours=HOURS, promise=timedelta(hours=4), now=later)
    assert (again.state, again.taken_by, again.outcome) == ("new", None, None)


def test_writing_twice_before_an_answer_keeps_the_first_promise() -> None:
    later = NOON + timedelta(hours=1)
    assert standing.patient_wrote(NEW, hours=HOURS, promise=timedelta(hours=4), now=later) == NEW


def test_what_was_finished_too_early_goes_back_to_whoever_finished_it() -> None:
    again = standing.reopened(DONE, hours=HOURS, now=NOON + timedelta(seconds=5))
    assert (again.state, again.taken_by) == ("taken", DANA)
    assert again.due_at == DONE.due_at + timedelta(seconds=5)
    with pytest.raises(NotFinished):
        standing.reopened(TAKEN, hours=HOURS, now=NOON)


def test_nothing_happens_to_what_is_done_but_reopening() -> None:
    for move in (
        lambda: standing.taken(DONE, by=DANA),
        lambda: standing.released(DONE, by=DANA),
        lambda: standing.assigned(DONE, to=DANA),
        lambda: standing.answered(DONE, by=DANA, now=NOON),
        lambda: standing.finished(DONE, by=DANA, outcome="handled", now=NOON),
        lambda: standing.routed(DONE, by=DANA, source="messages", target="visits"),
    ):
        with pytest.raises(AlreadyDone):
            move()


def test_a_routed_item_is_new_in_its_queue_and_keeps_its_clock() -> None:
    moved = standing.routed(TAKEN, by=DANA, source="messages", target="billing")
    assert moved == NEW
    with pytest.raises(WrongQueue):
        standing.routed(TAKEN, by=DANA, source="messages", target="messages")


@pytest.mark.parametrize(
    ("stands", "status"),
    [
        (NEW, "asked"),
        (TAKEN, "working"),
        (replace(DONE, outcome="sent_to_pharmacy"), "sent_to_pharmacy"),
        (replace(DONE, outcome="needs_visit"), "needs_visit"),
        (replace(DONE, outcome="not_refilled"), "not_refilled"),
    ],
)
def test_a_refills_status_follows_from_its_request(stands: Standing, status: str) -> None:
    assert refill_status(stands) == status


def test_a_refill_is_not_turned_down_without_a_reason() -> None:
    assert refill_outcome("approve", reason="", roles=("nurse",)) == "sent_to_pharmacy"
    for decision in ("deny", "needs_visit"):
        with pytest.raises(RefillReasonNeeded):
            refill_outcome(decision, reason="  ", roles=("nurse",))


ID = UUID("0190a1b2-0000-7000-8000-000000000001")


@pytest.mark.parametrize("about", ["result", "result:1", "person:" + str(ID), f"result:{ID} more"])
def test_a_reference_names_a_known_kind_and_an_id(about: str) -> None:
    check_about(f"result:{ID}")
    with pytest.raises(BadRequest):
        check_about(about)


def test_places_hold_ids_and_never_what_somebody_typed() -> None:
    for place in ("new", f"new:result:{ID}", f"conversation:{ID}", "refill"):
        check_place(place, staff=False)
    check_place(f"item:{ID}", staff=True)
    for place, staff in (("my knee", False), (f"item:{ID}", False), ("new", True), ("new:", False)):
        with pytest.raises(BadRequest):
            check_place(place, staff=staff)
