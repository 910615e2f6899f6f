"""The restore drill: back to a backup while mail, cards and the broker are ahead of it.

The report names everything that was done since, nothing old is sent again, and money that moved is
booked. What was done since is read out of the databases that the restore keeps.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from bench.settling import settle
from portico_kit.testing.waiting import eventually
from portico_ops.backup.manifest import BackupUnusable, Manifest
from portico_ops.backup.taking import take_backup
from portico_ops.lifecycle import (
    CannotStart,
    bring_up,
    stop_processes,
)
from portico_ops.processes import SERVICES
from portico_ops.restoring import whole
from portico_ops.restoring.databases import StillRunning
from portico_ops.restoring.underway import begin, ended
from tests.chaos import effects, ledger
from tests.chaos.case import Case
from tests.chaos.clients import Log
from tests.chaos.going_back import Drill, leave_in_queue, running_drill

EVENTS = "SELECT event_id::text FROM outbox"
CHANGES = "SELECT id::text FROM audit_row WHERE action <> 'read'"


@pytest.fixture(scope="module")
def drill() -> Iterator[Drill]:
    with running_drill() as made:
        yield made


def test_after_a_restore_all_that_is_ahead_is_reported_and_nothing_old_is_sent_again(
    drill, notes, tmp_path
):
    house, say = drill.house, print
    installation = house.installation
    kept_visit, called_off = drill.book(0), drill.book(1)
    settled_bill, lost_bill, unpaid_bill = drill.issue(0), drill.issue(1), drill.issue(2)
    settled_payment = drill.begin_payment(0, settled_bill)
    settle(house)

    # On its way when the backup is taken: one event in the broker's queue, one not yet there.
    drill.freeze("notifications", roles="notifications")
    heard_later = drill.book(0)
    published = "SELECT 1 FROM outbox WHERE published_at IS NULL"
    eventually(lambda: not house.rows(published, database="scheduling"), within=30)
    drill.freeze("relay", roles="%_relay")
    told_later = drill.book(1)
    began = time.monotonic()
    folder, manifest = take_backup(installation, to=tmp_path, with_secrets=False, say=say)
    took = time.monotonic() - began
    drill.signal("notifications", signal.SIGCONT)
    drill.signal("relay", signal.SIGCONT)

    # The ten minutes that will be lost.
    lost_visits = [drill.book(2), drill.book(0)]
    drill.post(1, f"/visits/{called_off}/cancel", {})
    drill.pay(settled_payment)
    lost_payment = drill.begin_payment(1, lost_bill)
    drill.pay(lost_payment)
    unpaid_payment = drill.begin_payment(2, unpaid_bill)
    late_bill = drill.issue(2)
    late_payment = drill.begin_payment(2, late_bill)
    drill.pay(late_payment)
    for payment_id in (settled_payment, lost_payment, late_payment):
        eventually(lambda p=payment_id: drill.booked(p), within=60, what="a payment booked")
    settle(house)

    with pytest.raises(StillRunning):
        whole.restore(installation, folder, with_secrets=False, say=say)
    stop_processes(house.home, say=say)
    sent_before = drill.sent()
    events_before, changes_before = drill.everything(EVENTS), drill.everything(CHANGES)
    leave_in_queue(house, "scheduling", lost_visits[0])
    _starts_not_before_its_end(drill)

    began = time.monotonic()
    found, path = whole.restore(installation, folder, with_secrets=False, say=say)
    restored_in = time.monotonic() - began
    report = json.loads(path.read_text())

    # Complete: all that stood in the former databases and stands in none of the restored ones.
    lost_events = events_before - drill.everything(EVENTS)
    told = {event["event_id"] for event in report["events"]}
    assert report["complete"]
    assert told == lost_events
    assert set(lost_visits) <= {event["aggregate_id"] for event in report["events"]}
    assert ("AppointmentCancelled", called_off) in {
        (event["name"], event["aggregate_id"]) for event in report["events"]
    }
    lost_changes = changes_before - drill.everything(CHANGES)
    assert {change["id"] for change in report["changes"]} == lost_changes
    outcomes = {fact["payment_id"]: fact["outcome"] for fact in report["payments"]}
    assert outcomes == {
        settled_payment: "settled",
        lost_payment: "booked",
        unpaid_payment: "closed",
        late_payment: "for_a_person",
    }
    assert report["taken_out_of_queues"] == {"notifications.normal": 1}
    announced = "SELECT event_id::text FROM outbox WHERE aggregate_id = ANY(%s)"
    waiting = house.rows(announced, ([heard_later, told_later],), database="scheduling")
    assert {row[0] for row in waiting} <= {row["event_id"] for row in report["held"]}
    assert not found.rest.failed

    drill.start()
    settle(house)
    # The clock's own work and the retries have had their turn.
    eventually(lambda: not house.rows(effects.UNPUBLISHED, database="scheduling"), within=30)
    assert drill.sent() == sent_before

    assert drill.state_of(kept_visit) == drill.state_of(called_off) == "booked"
    assert [drill.state_of(visit) for visit in lost_visits] == [None, None]
    assert drill.booked(settled_payment)
    assert drill.booked(lost_payment)
    _judge(drill, report)

    # What is new goes out, and a person may let go what was held back.
    drill.book(2)
    eventually(lambda: len(drill.sent()) == len(sent_before) + 1, within=60, what="a new mail")
    fresh = drill.sent()
    assert sent_before.items() <= fresh.items()
    assert whole.send_held(installation) == len(report["held"])
    settle(house)
    # The sinks knew the mail about visits by its reference; the two receipts have new ones.
    assert len(drill.sent()) == len(fresh) + 2

    # Looked at again while everything runs: the same things are ahead, and no payment is.
    again, _ = whole.reconcile(installation, since=manifest.taken_at)
    assert lost_events == set(again.ahead.events)
    assert {fact["outcome"] for fact in again.payments} <= {"over", "for_a_person"}
    notes.note("backup of six databases", took, "s")
    notes.note("restored and reported", restored_in, "s")
    notes.note("events ahead, each reported", len(lost_events), "events")
    notes.note("mails and texts sent again", 0, "mails and texts", wanted="0")


def _judge(drill: Drill, report: dict[str, Any]) -> None:
    """The oracle's checks; the ledger alone knows more, and just what was reported."""
    case = Case(
        lambda service, query, parameters=None: drill.house.rows(
            query, parameters, database=service
        ),
        drill.sinks,
        Log({}),
    )
    checks = (effects.outboxes, effects.heard, effects.failures, effects.deliveries,
              ledger.chain_of_hashes)  # fmt: skip
    eventually(lambda: not [wrong for check in checks for wrong in check(case)], within=60)
    extra = len(report["changes"]) + sum(report["reads"].values())
    eventually(
        lambda: (
            [wrong.kind for wrong in ledger.copied_to_ledger(case)] == ["ledger_of_nothing"] * extra
        ),
        within=60,
        what="what was done is in the ledger",
    )


def _starts_not_before_its_end(drill: Drill) -> None:
    """While a restore has not ended nothing starts."""
    begin(drill.house.home, source="elsewhere")
    with pytest.raises(CannotStart, match="has not ended"):
        bring_up(drill.house.installation, scale={}, say=print)
    ended(drill.house.home)


def test_a_backup_is_checked_before_anything_is_touched(drill, tmp_path):
    folder, manifest = take_backup(
        drill.house.installation, to=tmp_path, with_secrets=True, say=print
    )
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "keys.json", *(f"{service}.dump" for service in SERVICES),
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == [folder]
    assert datetime.now(UTC) - manifest.taken_at < timedelta(minutes=5)
    with (folder / "billing.dump").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"?")
    with pytest.raises(BackupUnusable, match="billing"):
        Manifest.read(folder).check_files(folder)


def test_no_backup_is_left_half_written(drill, tmp_path):
    """A writer that does not end keeps the six from being caught at one moment."""
    from portico_ops.backup import moment

    url = drill.house.admin_url("records")
    before, moment.TRIES = moment.TRIES, 1
    try:
        with psycopg.connect(url) as writer:
            writer.execute("LOCK TABLE outbox IN ROW EXCLUSIVE MODE")
            with pytest.raises(BackupUnusable, match="quiet moment"):
                take_backup(drill.house.installation, to=tmp_path, with_secrets=False, say=print)
    finally:
        moment.TRIES = before
    assert list(tmp_path.iterdir()) == []
