"""The access ledger: it takes every row once, keeps the chain, and tells the patient."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from identity import queries
from identity.adapters import anchors
from identity.commands import ledger, verifying
from portico_contracts import identity as contract
from portico_contracts.refusal import BadRequest
from portico_kit.access import Actor
from portico_kit.database import Store
from portico_kit.ids import new_id

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOVEMBER = date(2026, 11, 1)


def row(patient_id: UUID, *, minute: int = 0, actor: Any = None, **facts: Any) -> dict[str, Any]:
    """An audit row as it arrives: everything in JSON's types."""
    return {
        "id": str(new_id()),
        "at": (AT + timedelta(minutes=minute)).isoformat(),
        "service": "records",
        "actor": actor or {"kind": "system", "account_id": None, "roles": [], "relationship": None},
        "patient_ids": [str(patient_id)],
        "category": "results",
        "action": "read",
        "method": "list_lab_results",
    } | facts


def staff_actor(staff_id: UUID) -> dict[str, Any]:
    return {"kind": "staff", "account_id": str(staff_id), "roles": ["nurse"], "relationship": None}


def append(practice: Any, rows: list[dict[str, Any]]) -> None:
    with practice.transaction() as tx:
        ledger.append_audit(tx, rows)


def verified(practice: Any, noted: Iterable[anchors.Anchor] = ()) -> dict[date, verifying.Month]:
    with ThreadPoolExecutor(1) as workers:
        found = list(verifying.verify(practice.url, noted, workers=workers))
    return {month.month: month for month in found}


def broken(
    practice: Any, month: date = NOVEMBER, *, noted: Iterable[anchors.Anchor] = ()
) -> int | None:
    bad = verified(practice, noted)[month].bad
    return bad and bad.position


def page(practice: Any, actor: Actor, **asked: Any) -> Any:
    with practice.transaction(actor, actor.patient_id) as tx:
        return queries.ledger_page(tx, contract.LedgerPage(**asked))


def some_rows(practice: Any, count: int = 5) -> list[dict[str, Any]]:
    rows = [row(new_id(), minute=minute) for minute in range(count)]
    append(practice, rows)
    return rows


def test_a_batch_delivered_twice_is_kept_once(practice: Any) -> None:
    rows = some_rows(practice)
    append(practice, rows)
    append(practice, [*rows, row(new_id(), minute=9)])
    assert practice.value("SELECT count(*) FROM ledger") == 6
    assert practice.value("SELECT count(*) FROM ledger_patient") == 6
    assert practice.value("SELECT position FROM ledger_head") == 6
    assert broken(practice) is None


EDITS = {
    "who": "UPDATE ledger SET account_id = gen_random_uuid() WHERE position = 3",
    "when": "UPDATE ledger SET at = at + interval '1 second' WHERE position = 3",
    "what": "UPDATE ledger SET category = 'visits' WHERE position = 3",
    "whose": "UPDATE ledger SET patient_ids = '{}' WHERE position = 3",
    "gone": "DELETE FROM ledger WHERE position = 3",
    "moved": "UPDATE ledger SET position = 7 - position WHERE position IN (3, 4)",
    "added": "INSERT INTO ledger (at, row_id, month, position, service, method, category, action, "
    "actor_kind, roles, patient_ids, previous_hash, hash) SELECT at, gen_random_uuid(), month, 3, "
    "service, method, category, action, actor_kind, roles, patient_ids, previous_hash, hash "
    "FROM ledger WHERE position = 3",
    "pushed in": "WITH later AS (UPDATE ledger SET position = position + 1 WHERE position >= 3) "
    "INSERT INTO ledger SELECT at, gen_random_uuid(), month, position, service, method, category, "
    "action, actor_kind, account_id, roles, relationship, patient_ids, previous_hash, hash "
    "FROM ledger WHERE position = 3",
    "hidden": "DELETE FROM ledger_patient WHERE row_id = "
    "(SELECT row_id FROM ledger WHERE position = 3)",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_the_chain_breaks_where_a_row_was_changed(practice: Any, edit: str) -> None:
    some_rows(practice)
    assert broken(practice) is None
    practice.value(edit)
    assert broken(practice) == 3


def test_a_chain_that_was_cut_short_is_noticed(practice: Any) -> None:
    some_rows(practice)
    practice.value("DELETE FROM ledger WHERE position = 5")
    assert broken(practice) == 5


def test_a_chain_that_was_cut_short_with_its_head_is_noticed_by_its_anchor(
    practice: Any, tmp_path: Path
) -> None:
    some_rows(practice)
    noted = anchored(practice, tmp_path / "anchors.jsonl")
    assert [(one.month, one.position) for one in noted] == [(NOVEMBER, 5)]
    practice.value("DELETE FROM ledger WHERE position > 3")
    practice.value(
        "UPDATE ledger_head SET position = 3, hash = (SELECT hash FROM ledger WHERE position = 3)"
    )
    assert broken(practice) is None
    assert broken(practice, noted=noted) == 4
    practice.value("DELETE FROM ledger")
    practice.value("DELETE FROM ledger_head")
    assert broken(practice, noted=noted) == 1


def test_a_chain_that_was_written_anew_is_noticed_by_its_anchors(
    practice: Any, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.jsonl"
    rows = [row(new_id(), minute=minute) for minute in range(6)]
    append(practice, rows[:2])
    anchored(practice, file)
    append(practice, rows[2:4])
    anchored(practice, file)
    append(practice, rows[4:])
    for table in ("ledger", "ledger_patient", "ledger_head"):
        practice.value(f"DELETE FROM {table}")
    rows[2]["category"] = "visits"  # somebody did not see that result after all
    append(practice, rows)
    assert broken(practice) is None
    assert broken(practice, noted=anchors.read(file)) == 3


def anchored(practice: Any, file: Path) -> list[anchors.Anchor]:
    """Note where the chains end now; all that the file says then."""
    told = replace(practice.store.config, ledger_anchors=str(file))
    ledger.anchor(Store(practice.store.engine, config=told))
    return list(anchors.read(file))


def test_a_ledger_that_stands_still_is_anchored_once(practice: Any, tmp_path: Path) -> None:
    some_rows(practice)
    assert len(anchored(practice, tmp_path / "anchors.jsonl")) == 1
    assert len(anchored(practice, tmp_path / "anchors.jsonl")) == 1
    some_rows(practice)
    assert len(anchored(practice, tmp_path / "anchors.jsonl")) == 2


def test_anchors_are_found_among_other_lines(tmp_path: Path) -> None:
    (one,) = sample = [anchors.Anchor(NOVEMBER, 7, bytes(32))]
    file = tmp_path / "identity.log"
    file.write_text('{"event": "service.started"}\nnot json, though it says ledger.anchored\n')
    anchors.note(file, sample, timestamp="2026-11-22T09:00:00Z")
    with file.open("a") as cut:
        cut.write('{"event": "ledger.anchored", "month": "2026-1')
    assert list(anchors.read(file)) == [one]


def test_each_month_has_a_chain_and_a_partition_of_its_own(practice: Any) -> None:
    patient_id = new_id()
    december = "2026-12-01T00:00:00+00:00"
    append(practice, [row(patient_id), row(patient_id, at=december)])
    with practice.transaction() as tx:
        ledger.make_months_ahead(tx, now=AT)
    place = "SELECT tableoid::regclass::text FROM ledger WHERE month = :month"
    assert practice.value(place, month=NOVEMBER) == "ledger_2026_11"
    assert practice.value(place, month=date(2026, 12, 1)) == "ledger_2026_12"
    assert broken(practice) is None
    assert broken(practice, date(2026, 12, 1)) is None


def test_rows_without_a_partition_wait_in_the_net_and_move_into_it(practice: Any) -> None:
    patient_id = new_id()
    append(practice, [row(patient_id, at="2019-05-31T23:30:00-04:00")])
    place = "SELECT tableoid::regclass::text FROM ledger"
    assert practice.value(place) == "ledger_rest"
    with practice.transaction() as tx:
        ledger.make_months_ahead(tx, now=datetime(2019, 6, 15, tzinfo=UTC))
    assert practice.value(place) == "ledger_2019_06"
    assert practice.value("SELECT tableoid::regclass::text FROM ledger_patient") == (
        "ledger_patient_2019_06"
    )
    assert broken(practice, date(2019, 6, 1)) is None


def test_batches_that_arrive_together_make_one_chain(practice: Any) -> None:
    batches = [[row(new_id(), minute=n) for n in range(20)] for _ in range(4)]
    threads = [Thread(target=append, args=(practice, batch)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert practice.value("SELECT max(position) FROM ledger") == 80
    assert broken(practice) is None


def test_the_patient_reads_who_did_what_in_plain_facts(practice: Any) -> None:
    nurse = practice.hire("Dana Whitfield")
    account_id, patient_id = practice.enrol("maria@cedargrove.example")
    own = {"kind": "patient", "account_id": str(account_id), "roles": [], "relationship": "self"}
    daughter = own | {"account_id": str(new_id()), "relationship": "caregiver"}
    append(
        practice,
        [
            row(patient_id, minute=1, actor=staff_actor(nurse)),
            row(patient_id, minute=2, actor=own),
            row(patient_id, minute=3, actor=daughter),
            row(patient_id, minute=4),
            row(new_id(), minute=5, actor=staff_actor(nurse)),
        ],
    )
    reader = Actor(kind="patient", account_id=account_id, patient_id=patient_id)
    shown = page(practice, reader)["items"]
    assert [entry["who"]["kind"] for entry in shown] == ["system", "person", "you", "staff"]
    assert [entry["on_behalf"] for entry in shown] == [False, True, False, False]
    assert shown[-1]["who"] == {"kind": "staff", "name": "Dana Whitfield", "roles": ["nurse"]}
    assert (shown[-1]["category"], shown[-1]["action"]) == ("results", "read")


def test_a_list_of_many_patients_stands_in_each_ones_ledger(practice: Any) -> None:
    first, second = new_id(), new_id()
    append(practice, [row(first, patient_ids=[str(first), str(second)])])
    for patient_id in (first, second):
        reader = Actor(kind="patient", account_id=new_id(), patient_id=patient_id)
        assert len(page(practice, reader)["items"]) == 1


def test_pages_follow_one_another_without_gap_or_repeat(practice: Any) -> None:
    patient_id = new_id()
    rows = [row(patient_id, minute=minute // 2) for minute in range(7)]
    append(practice, rows)
    reader = Actor(kind="patient", account_id=new_id(), patient_id=patient_id)
    seen, cursor = [], None
    while True:
        shown = page(practice, reader, cursor=cursor, limit=3)
        seen += [str(entry["entry_id"]) for entry in shown["items"]]
        cursor = shown["next"]
        if cursor is None:
            break
    assert seen == [r["id"] for r in sorted(rows, key=lambda r: (r["at"], r["id"]), reverse=True)]


@pytest.mark.parametrize("cursor", ["x", "%%%", "MjAyNi0xMS0yMiB4", "é"])
def test_a_made_up_cursor_is_refused(practice: Any, cursor: str) -> None:
    reader = Actor(kind="patient", account_id=new_id(), patient_id=new_id())
    with pytest.raises(BadRequest):
        page(practice, reader, cursor=cursor)
