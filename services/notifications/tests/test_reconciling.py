"""What is not final in its time is asked about, or lands with a person: nothing stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from notifications import commands, reactions
from notifications.adapters.providers import Providers
from notifications.adapters.twilio import UNKNOWN_THERE, Report
from notifications.domain import ASK_EVERY, REPORT_WITHIN, UNCONFIRMED_AFTER, failed
from portico_contracts.identity import AccountActivated
from portico_contracts.records import LabResultReleased
from portico_kit.ids import new_id
from portico_kit.tables import outbox

from .conftest import FakeProvider

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)


def release_result(office: Any, **contact: Any) -> Any:
    patient = office.reachable(**contact)
    event = LabResultReleased(
        result_id=new_id(), patient_id=patient, with_comment=False, released_at=NOW
    )
    return office.hear(event, reaction=reactions.result_released)


@dataclass
class Answering(FakeProvider):
    """A provider of texts that answers when it is asked about one."""

    report: Report | None = None
    asked: int = 0

    @property
    def providers(self) -> Providers:
        return self.on("text")

    def status_of(self, reference: str) -> Report | None:
        assert reference[:4] == "ref-"
        self.asked += 1
        return self.report


def the_text(office: Any) -> tuple[str, str | None]:
    (row,) = office.deliveries(channel="text")
    return row["state"], row["reason"]


@pytest.fixture
def sent_text(office: Any, provider: Any) -> None:
    release_result(office)
    commands.send_batch(office.at(NOW), providers=provider.on("text"))


@pytest.mark.parametrize(
    ("report", "ended"),
    [
        (Report("delivered"), ("delivered", None)),
        (Report("undelivered", "30003"), ("failed", "provider_30003")),
        (Report(UNKNOWN_THERE), ("sent", "unconfirmed")),
    ],
)
def test_a_text_without_a_report_is_asked_about_in_its_time_and_settled(
    office: Any, provider: Any, sent_text: None, report: Report, ended: Any
) -> None:
    asking = Answering(report=report)
    commands.ask_about_texts(office.at(NOW + REPORT_WITHIN / 2), providers=asking.providers)
    assert asking.asked == 0
    commands.ask_about_texts(office.at(NOW + REPORT_WITHIN), providers=asking.providers)
    assert (asking.asked, the_text(office)) == (1, ended)
    commands.ask_about_texts(office.at(NOW + timedelta(days=9)), providers=asking.providers)
    assert asking.asked == 1


@pytest.mark.parametrize("report", [None, Report("sent"), Report("queued")])
def test_what_nobody_can_tell_is_asked_again_and_stays_unconfirmed_after_a_day(
    office: Any, provider: Any, sent_text: None, report: Any
) -> None:
    asking, moment = Answering(report=report), NOW + REPORT_WITHIN
    while moment < NOW + UNCONFIRMED_AFTER:
        commands.ask_about_texts(office.at(moment), providers=asking.providers)
        assert the_text(office) == ("sent", None)
        moment += ASK_EVERY
    commands.ask_about_texts(office.at(moment), providers=asking.providers)
    assert the_text(office) == ("sent", "unconfirmed")
    assert asking.asked == 11


def follow_up(office: Any) -> list[dict[str, Any]]:
    with office.database.transaction(now=NOW) as tx:
        commands.follow_up(tx)
        rows = tx.execute(select(outbox.c.name, outbox.c.data)).all()
    return [data for name, data in rows if name == "NoticeReachedNobody"]


def send_all(office: Any, provider: Any) -> None:
    for channel in ("mail", "text"):
        commands.send_batch(office.at(NOW), providers=provider.on(channel))


def test_a_needed_notice_that_reached_nobody_is_announced_once(office: Any, provider: Any) -> None:
    notice = release_result(office, mobile=None)
    provider.verdict = lambda _letter: failed("smtp_550")
    assert follow_up(office) == []  # nothing has ended yet
    send_all(office, provider)
    (announced,) = follow_up(office)
    assert str(notice) in str(announced) and "result_released" in str(announced)
    assert len(follow_up(office)) == 1


def test_who_was_reached_on_one_way_needs_no_call(office: Any, provider: Any) -> None:
    release_result(office, mobile=None)
    send_all(office, provider)
    assert follow_up(office) == []


def test_a_text_that_may_yet_fail_is_waited_for(office: Any, provider: Any) -> None:
    release_result(office, email=None)
    send_all(office, provider)
    assert follow_up(office) == []
    asking = Answering(report=Report("undelivered", "30003"))
    commands.ask_about_texts(office.at(NOW + REPORT_WITHIN), providers=asking.providers)
    assert len(follow_up(office)) == 1


def test_what_is_good_to_know_but_not_needed_calls_nobody(office: Any, provider: Any) -> None:
    patient = office.reachable()
    event = AccountActivated(account_id=new_id(), patient_id=patient)
    office.hear(event, reaction=reactions.welcomed)
    provider.verdict = lambda _letter: failed("smtp_550")
    send_all(office, provider)
    assert follow_up(office) == []
