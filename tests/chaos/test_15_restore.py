"""The restore drill: back to a backup while mail, cards and the broker are ahead of it.

The report names everything that was done since, nothing old is sent again, and money that moved is
booked. What was done since is read out of the databases that the restore keeps.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from bench.settling import settle
from portico_kit.testing.waiting import eventually
from portico_ops.backup.manifest import BackupUnusable, Manifest
from portico_ops.backup.taking import take_backup
from portico_ops.lifecycle import CannotStart, bring_up, stop_processes, wait_until_ready
from portico_ops.processes import BACKUP, SERVICES
from portico_ops.restoring import whole
from portico_ops.restoring.databases import StillRunning
from tests.chaos import effects, ledger
from tests.chaos.case import Case
from tests.chaos.clients import Log
from tests.chaos.going_back import (
    Drill,
    another_machine,
    leave_in_queue,
    restore_until,
    running_drill,
    set_back,
)

EVENTS = "SELECT event_id::text FROM outbox"
# What a restore says at its work: while it loads, once the databases are exchanged, near its end.
WORDS = ("records is loaded", "the databases are those", "has come to rest")
CHANGES = "SELECT id::text FROM audit_row WHERE action <> 'read'"


@pytest.fixture(scope="module")
def drill() -> Iterator[Drill]:
    with running_drill() as made:
        yield made


def test_after_a_restore_all_that_is_ahead_is_reported_and_nothing_old_is_sent_again(
    drill, length, seed, notes, tmp_path
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

    # Killed at its work, wherever that is, it goes on when it is called again.
    for word in length.of(short=[random.Random(seed).choice(WORDS)], long=WORDS):
        restore_until(drill.house, folder, word)
        with pytest.raises(CannotStart, match="has not ended"):
            bring_up(installation, scale={}, say=say)
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


def test_a_server_that_was_set_back_by_its_own_means_is_brought_to_rest_as_well(
    drill, length, tmp_path
):
    if not length.long:
        pytest.skip("in the long form: everything starts once more")
    house = drill.house
    settle(house)
    folder, manifest = take_backup(house.installation, to=tmp_path, with_secrets=False, say=print)
    lost_visit = drill.book(0)
    settle(house)
    waits = drill.book(1)
    stop_processes(house.home, say=print)
    sent_before, events_before = drill.sent(), drill.everything(EVENTS)
    set_back(house, folder, manifest)

    found, path = whole.settle_restored(house.installation, moment=manifest.taken_at, say=print)
    report = json.loads(path.read_text())
    lost_events = events_before - drill.everything(EVENTS)
    # Of the minutes before it tells as well: what an earlier restore lost there.
    told = {
        event["event_id"]
        for event in report["events"]
        if datetime.fromisoformat(event["occurred_at"]) > manifest.taken_at
    }
    # What had not left the outbox is known to nobody: it is gone with the database.
    assert told <= lost_events
    assert lost_visit in {event["aggregate_id"] for event in report["events"]}
    assert report["complete"] and not report["kept_databases"] and not found.rest.failed
    assert drill.state_of(lost_visit) is drill.state_of(waits) is None
    drill.start()
    settle(house)
    assert drill.sent() == sent_before


def test_a_backup_is_restored_on_another_machine_which_has_nothing_but_it(
    drill, length, notes, tmp_path
):
    if not length.long:
        pytest.skip("in the long form: it starts a second system")
    visit = drill.book(1)
    settle(drill.house)
    folder, _ = take_backup(drill.house.installation, to=tmp_path, with_secrets=True, say=print)
    with another_machine() as elsewhere:
        with pytest.raises(BackupUnusable, match="other keys"):
            whole.restore(elsewhere, folder, with_secrets=False, say=print)
        began = time.monotonic()
        found, _path = whole.restore(elsewhere, folder, with_secrets=True, say=print)
        notes.note("restored on another machine", time.monotonic() - began, "s")
        assert not found.ahead.events and not found.rest.failed
        # What did not run before does not run afterwards.
        assert elsewhere.postgres.pid() is elsewhere.rabbitmq.pid() is None
        bring_up(elsewhere, scale={}, say=print)
        wait_until_ready(elsewhere.home, seconds=180)
        # Who was signed in is; what was sealed opens; and their visit stands.
        session = {"Authorization": f"Bearer {drill.people[1].session}"}
        answers = [
            httpx.get(f"{elsewhere.public_url}/api/v1/{what}", headers=session, timeout=30)
            for what in ("account", "visits")
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert visit in answers[1].text


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


def test_the_job_of_a_deployment_takes_one_and_keeps_the_newest(drill, tmp_path):
    for name in ("20250101T000000.000000Z", "20250102T000000.000000Z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    (tmp_path / "20250103T000000.half").mkdir()
    secrets = {name: drill.house.secrets[secret] for name, secret in BACKUP.secrets.items()}
    told = {"PORTICO_BACKUPS": str(tmp_path), "PORTICO_BACKUPS_KEPT": "2", **secrets}
    run = subprocess.run(
        [sys.executable, *BACKUP.command], env=told, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    kept, made = sorted(tmp_path.iterdir())
    assert kept.name.startswith("20250102")
    Manifest.read(made).check_files(made)
    assert "keys.json" not in {path.name for path in made.iterdir()}
    assert not [text for text in secrets.values() if text in run.stdout + run.stderr]


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
