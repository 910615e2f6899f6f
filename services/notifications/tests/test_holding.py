"""After a restore what waits is held back, and goes out only when a person says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from notifications import reactions
from notifications.commands import holding
from portico_contracts.records import LabResultReleased
from portico_kit.ids import derived_id, new_id

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)


def release_result(office: Any) -> Any:
    patient = office.reachable()
    event = LabResultReleased(
        result_id=new_id(), patient_id=patient, with_comment=False, released_at=NOW
    )
    return office.hear(event, reaction=reactions.result_released)


def states(office: Any) -> set[tuple[str, str | None]]:
    return {(row["state"], row["reason"]) for row in office.deliveries()}


def test_what_waits_is_held_with_its_reason_and_listed(office: Any) -> None:
    release_result(office)
    with office.database.transaction(now=NOW) as tx:
        assert holding.hold(tx) == 2
        assert holding.hold(tx) == 0
        listed = holding.held(tx, since=NOW)
        assert holding.held(tx, since=NOW + timedelta(seconds=1)) == []
    assert states(office) == {("suppressed", "restored")}
    assert {(row["channel"], row["kind"]) for row in listed} == {
        ("mail", "result_released"),
        ("text", "result_released"),
    }


def test_what_is_held_goes_when_a_person_says_so_unless_it_is_too_late(office: Any) -> None:
    release_result(office)
    with office.database.transaction(now=NOW) as tx:
        holding.hold(tx)
    with office.database.transaction(now=NOW + timedelta(days=30)) as tx:
        assert holding.send_held(tx) == 0
    with office.database.transaction(now=NOW) as tx:
        assert holding.send_held(tx) == 2
    assert states(office) == {("queued", None)}


def test_a_delivery_written_anew_for_the_same_event_has_the_same_reference(office: Any) -> None:
    release_result(office)
    for row in office.deliveries():
        assert row["id"] == derived_id(row["event_id"], row["channel"], row["recipient_id"])
