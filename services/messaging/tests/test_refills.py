"""A refill: asked for by a patient, decided by a nurse or clinician, seen moving by both."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest

from portico_contracts import messaging as contract
from portico_contracts.refusal import BadRequest, NotAllowed

LISINOPRIL, METFORMIN = uuid4(), uuid4()
NAMES = {LISINOPRIL: "Lisinopril 10 mg", METFORMIN: "Metformin 500 mg"}


def refill_of(*medicines: UUID) -> contract.RequestRefill:
    chosen = tuple(contract.Medicine(medication_id=m, name=NAMES.get(m, "…")) for m in medicines)
    return contract.RequestRefill(medications=chosen, pharmacy="Main Street Pharmacy", note="Soon.")


def statuses(caller: Any) -> dict[str, str]:
    items = caller.asks(contract.ListRequests())["items"]
    return {item["name"]: item["status"] for item in items}


def decide(refill: Any, decision: Any, reason: str = "") -> contract.DecideRefill:
    return contract.DecideRefill(item_id=refill["request_id"], decision=decision, reason=reason)


def test_each_medicine_is_a_request_of_its_own(practice: Any) -> None:
    asked = practice.maria.asks(refill_of(LISINOPRIL, METFORMIN))["items"]
    assert [item["name"] for item in asked] == ["Lisinopril 10 mg", "Metformin 500 mg"]
    assert statuses(practice.maria) == {"Lisinopril 10 mg": "asked", "Metformin 500 mg": "asked"}
    rows = practice.dana.asks(contract.ListQueue(queue="refills"))["items"]
    assert {row["title"] for row in rows} == set(NAMES.values())
    assert practice.events() == ["RequestSubmitted", "RequestSubmitted"]


def test_patient_and_staff_see_the_same_due_time(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    item = practice.dana.asks(contract.ShowItem(item_id=asked["request_id"]))
    assert item["due_at"] == asked["due_at"]
    assert item["refill"]["pharmacy"] == "Main Street Pharmacy"
    assert (item["refill"]["note"], item["may_decide"]) == ("Soon.", True)


def test_the_status_moves_from_asked_to_the_pharmacy(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    practice.dana.asks(contract.TakeItem(item_id=asked["request_id"]))
    assert statuses(practice.maria) == {"Lisinopril 10 mg": "working"}
    practice.dana.later(hours=1).asks(decide(asked, "approve"))
    [shown] = practice.maria.asks(contract.ListRequests())["items"]
    assert (shown["status"], shown["due_at"]) == ("sent_to_pharmacy", None)
    assert shown["decided_by"]["id"] == practice.dana.id
    assert practice.events()[-2:] == ["RefillApproved", "RequestCompleted"]


@pytest.mark.parametrize(
    ("decision", "status"), [("needs_visit", "needs_visit"), ("deny", "not_refilled")]
)
def test_a_refill_that_is_not_given_tells_why(practice: Any, decision: str, status: str) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    with pytest.raises(contract.RefillReasonNeeded):
        practice.amara.asks(decide(asked, decision))
    practice.amara.asks(decide(asked, decision, "We have to check your blood pressure first."))
    [shown] = practice.maria.asks(contract.ListRequests())["items"]
    assert shown["status"] == status
    assert shown["reason"] == "We have to check your blood pressure first."
    assert practice.events()[-2:] == ["RefillDenied", "RequestCompleted"]


def test_a_decision_is_made_once(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    practice.dana.asks(decide(asked, "approve"))
    with pytest.raises(contract.AlreadyDone):
        practice.amara.asks(decide(asked, "deny", "…"))
    for request in (
        contract.ReopenItem(item_id=asked["request_id"]),
        contract.ReplyToItem(item_id=asked["request_id"], body="…"),
        contract.RouteItem(item_id=asked["request_id"], queue="messages"),
    ):
        with pytest.raises(contract.WrongQueue):
            practice.dana.asks(request)


def test_another_nurses_refill_is_hers_to_decide(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    practice.dana.asks(contract.TakeItem(item_id=asked["request_id"]))
    with pytest.raises(contract.AlreadyTaken):
        practice.priya.asks(decide(asked, "approve"))


def test_administrators_and_front_desk_do_not_decide(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    for someone in (practice.ruth, practice.tom, practice.maria):
        with pytest.raises(NotAllowed):
            someone.asks(decide(asked, "approve"))
    shown = practice.ruth.asks(contract.ShowItem(item_id=asked["request_id"]))
    assert shown["may_decide"] is False


def test_a_refill_under_way_is_not_asked_for_again(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    with pytest.raises(contract.RefillUnderWay) as refused:
        practice.maria.asks(refill_of(METFORMIN, LISINOPRIL))
    assert refused.value.facts == {
        "request_id": str(asked["request_id"]),
        "medication_id": str(LISINOPRIL),
    }
    assert statuses(practice.maria) == {"Lisinopril 10 mg": "asked"}
    practice.dana.asks(decide(asked, "approve"))
    assert len(practice.maria.later(days=20).asks(refill_of(LISINOPRIL))["items"]) == 1


def test_two_tabs_asking_at_once_make_one_request(practice: Any) -> None:
    start, outcomes = threading.Barrier(4), []

    def ask(order: tuple[UUID, ...]) -> None:
        start.wait()
        try:
            practice.maria.asks(refill_of(*order))
            outcomes.append("asked")
        except contract.RefillUnderWay:
            outcomes.append("under way")

    orders = [(LISINOPRIL, METFORMIN), (METFORMIN, LISINOPRIL)] * 2
    threads = [threading.Thread(target=ask, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["asked", "under way", "under way", "under way"]
    assert len(practice.rows("SELECT 1 FROM request")) == 2


def test_no_medicine_or_too_many_are_refused(practice: Any) -> None:
    for medicines in ((), tuple(uuid4() for _ in range(21))):
        with pytest.raises(BadRequest):
            practice.maria.asks(refill_of(*medicines))
    assert len(practice.maria.asks(refill_of(LISINOPRIL, LISINOPRIL))["items"]) == 1


def test_another_patients_refills_are_not_listed(practice: Any) -> None:
    practice.maria.asks(refill_of(LISINOPRIL))
    assert practice.robert.asks(contract.ListRequests())["items"] == []
    shown = practice.dana.asks(contract.ListRequests(patient_id=practice.maria.id))
    assert len(shown["items"]) == 1


def test_the_first_page_shows_refills_under_way(practice: Any) -> None:
    [asked] = practice.maria.asks(refill_of(LISINOPRIL))["items"]
    assert len(practice.maria.asks(contract.HomeMessages())["refills"]) == 1
    practice.dana.asks(decide(asked, "approve"))
    assert practice.maria.asks(contract.HomeMessages())["refills"] == []
