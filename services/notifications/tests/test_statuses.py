"""What comes back from outside: signed, forward only, and never about somebody else's text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from notifications import commands, domain, queries, reactions, store
from notifications.domain import stop_token, text_signature
from portico_contracts.billing import WrongSignature
from portico_contracts.identity import AccountActivated
from portico_contracts.notifications import ListNotices, RecordTextStatus, StopMail
from portico_contracts.records import LabResultReleased
from portico_contracts.refusal import BadRequest, NotFound
from portico_kit.ids import new_id
from portico_kit.testing.keys import TRANSIT_KEY
from portico_kit.testing.people import a_patient

SOMEBODY = "0192f000-0000-7000-8000-0000000000aa"
NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)


@pytest.fixture
def sent_text(office: Any, provider: Any) -> UUID:
    """A text that the provider has taken over; its id."""
    event = LabResultReleased(
        result_id=new_id(), patient_id=office.reachable(), with_comment=False, released_at=NOW
    )
    office.hear(event, reaction=reactions.result_released)
    commands.send_batch(office.at(NOW), providers=provider.on("text"))
    return office.deliveries(channel="text")[0]["id"]  # type: ignore[no-any-return]


def report(delivery_id: Any, status: str, *, secret: str = "token", **more: str) -> Any:
    fields = {"MessageSid": f"ref-{delivery_id}", "MessageStatus": status, **more}
    url = f"https://portal.example/webhooks/text?delivery={delivery_id}"
    signature = text_signature(url=url, fields=fields.items(), secret=secret)
    return RecordTextStatus(payload=urlencode(fields), signature=signature, url=url)


def record(office: Any, request: Any) -> Any:
    with office.database.transaction(now=NOW) as tx:
        return commands.record_text_status(tx, request)


def state_of(office: Any) -> tuple[str, str | None]:
    (row,) = office.deliveries(channel="text")
    return row["state"], row["reason"]


def test_the_signature_is_the_one_that_twilio_documents() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234",
        "From": "+12349013030", "To": "+18005551212",
    }  # fmt: skip
    signature = text_signature(
        url="https://mycompany.com/myapp.php?foo=1&bar=2", fields=fields.items(), secret="12345"
    )
    assert signature == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_delivered_text_is_recorded(office: Any, sent_text: UUID) -> None:
    assert record(office, report(sent_text, "delivered")) == {"known": True}
    assert state_of(office) == ("delivered", None)


def test_an_undelivered_text_keeps_the_providers_code(office: Any, sent_text: UUID) -> None:
    record(office, report(sent_text, "undelivered", ErrorCode="30003"))
    assert state_of(office) == ("failed", "provider_30003")


@pytest.mark.parametrize("late", ["sent", "queued", "undelivered", "failed", "nonsense"])
def test_a_status_never_goes_back(office: Any, sent_text: UUID, late: str) -> None:
    record(office, report(sent_text, "delivered"))
    record(office, report(sent_text, late, ErrorCode="30003"))
    assert state_of(office) == ("delivered", None)


def test_a_report_with_a_wrong_signature_changes_nothing(office: Any, sent_text: UUID) -> None:
    with pytest.raises(WrongSignature):
        record(office, report(sent_text, "failed", secret="guessed"))
    assert state_of(office) == ("sent", None)


def test_a_proxy_on_the_way_may_change_the_host(office: Any, sent_text: UUID) -> None:
    heard = report(sent_text, "delivered")
    inside = replace(heard, url=heard.url.replace("https://portal.example", "http://gateway:8000"))
    assert record(office, inside) == {"known": True}


def test_a_report_cannot_be_turned_to_another_text(office: Any, sent_text: UUID) -> None:
    heard = report(new_id(), "failed")
    with pytest.raises(WrongSignature):
        record(office, replace(heard, url=heard.url.rpartition("=")[0] + f"={sent_text}"))


@pytest.mark.parametrize("unknown", [new_id(), "nonsense", ""])
def test_a_report_about_a_text_that_is_not_ours_is_taken_and_ignored(
    office: Any, unknown: Any
) -> None:
    assert record(office, report(unknown, "delivered")) == {"known": False}


def test_who_told_the_provider_stop_gets_no_further_texts(
    office: Any, provider: Any, sent_text: UUID
) -> None:
    record(office, report(sent_text, "undelivered", ErrorCode="21610"))
    patient = office.deliveries(channel="text")[0]["recipient_id"]
    event = LabResultReleased(
        result_id=new_id(), patient_id=patient, with_comment=False, released_at=NOW
    )
    office.hear(event, reaction=reactions.result_released)
    commands.send_batch(office.at(NOW), providers=provider.on("text"))

    ended = {(row["state"], row["reason"]) for row in office.deliveries(channel="text")}
    assert ended == {("failed", "provider_21610"), ("suppressed", "opted_out")}


def test_stop_holds_for_the_number_it_was_said_to_since_it_was_first_said(
    office: Any, sent_text: UUID
) -> None:
    record(office, report(sent_text, "undelivered", ErrorCode="21610"))
    patient = office.deliveries(channel="text")[0]["recipient_id"]
    with office.database.transaction(now=NOW + timedelta(days=1)) as tx:
        store.stop_texts(tx, patient)

    office.reachable(patient, language="es")
    assert office.contact(patient)["texts_stopped_at"] == NOW
    office.reachable(patient, mobile="+15550100199")
    assert office.contact(patient)["texts_stopped_at"] is None


def test_one_tap_stops_mail_that_is_not_needed_and_no_other(office: Any, provider: Any) -> None:
    patient = office.reachable()
    token = stop_token(person=str(patient), secret=TRANSIT_KEY)
    with office.database.transaction(now=NOW) as tx:
        assert commands.stop_mail(tx, StopMail(token=token)) == {"language": "en"}
    for event, reaction in (
        (AccountActivated(account_id=new_id(), patient_id=patient), reactions.welcomed),
        (
            LabResultReleased(
                result_id=new_id(), patient_id=patient, with_comment=False, released_at=NOW
            ),
            reactions.result_released,
        ),
    ):
        office.hear(event, reaction=reaction)
    commands.send_batch(office.at(NOW), providers=provider.on("mail"))

    states = {row["kind"]: row["state"] for row in office.deliveries(channel="mail")}
    assert states == {"welcome": "suppressed", "result_released": "sent"}


@pytest.mark.parametrize("token", ["nonsense-nonsense", SOMEBODY, f"{SOMEBODY}.abcdef"])
def test_a_forged_stop_token_is_not_found(office: Any, token: str) -> None:
    with office.database.transaction(now=NOW) as tx, pytest.raises(NotFound):
        commands.stop_mail(tx, StopMail(token=token))


def notices(office: Any, patient: UUID, **asked: Any) -> Any:
    with office.database.transaction(actor=a_patient(patient), patient_id=patient) as tx:
        return queries.list_notices(tx, ListNotices(**asked))


def test_a_patient_sees_what_was_sent_and_how_it_went(office: Any, sent_text: UUID) -> None:
    patient = office.deliveries()[0]["recipient_id"]
    page = notices(office, patient)

    assert {(n["channel"], n["state"]) for n in page["items"]} == {
        ("mail", "queued"), ("text", "sent"),
    }  # fmt: skip
    assert {n["place"] for n in page["items"]} == {"results"}
    assert page["next"] is None


def test_notices_page_without_gap_or_repeat(office: Any, sent_text: UUID) -> None:
    patient = office.deliveries()[0]["recipient_id"]
    first = notices(office, patient, limit=1)
    second = notices(office, patient, limit=1, cursor=first["next"])

    assert second["next"] is None
    assert len({n["notice_id"] for n in first["items"] + second["items"]}) == 2


def test_another_patient_sees_none_of_them(office: Any, sent_text: UUID) -> None:
    assert notices(office, new_id())["items"] == []


def test_a_cursor_that_is_not_ours_is_refused(office: Any) -> None:
    for cursor in ("nonsense", "YWJj", "é"):
        with pytest.raises(BadRequest):
            notices(office, new_id(), cursor=cursor)


def test_a_report_looks_in_the_month_of_its_text_and_knows_whose_it_is() -> None:
    created_at, delivery_id = datetime(2026, 11, 3, 15, 0, 1, 234567, tzinfo=UTC), new_id()
    said = domain.reported_by(domain.report_query(delivery_id, created_at=created_at, provider=2))
    assert said == domain.Reported(delivery_id, created_at, 2)


@pytest.mark.parametrize("query", ["delivery=x&at=1", "delivery=&by=2", "at=9" * 99, "by=x"])
def test_a_query_that_is_not_ours_is_about_no_text(query: str) -> None:
    assert domain.reported_by(query).delivery_id is None


def test_a_report_of_one_provider_signed_with_the_others_secret_is_refused(
    office: Any, sent_text: UUID
) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "failed"}
    url = f"https://portal.example/webhooks/text?delivery={sent_text}&by=2"
    for secret in ("token", ""):
        signature = text_signature(url=url, fields=fields.items(), secret=secret)
        with pytest.raises(WrongSignature):
            record(
                office, RecordTextStatus(payload=urlencode(fields), signature=signature, url=url)
            )
    assert state_of(office) == ("sent", None)


@pytest.fixture
def doubtful_text(office: Any, provider: Any) -> UUID:
    """A text of which nobody knows whether the provider has it; queued again."""
    event = LabResultReleased(
        result_id=new_id(), patient_id=office.reachable(), with_comment=False, released_at=NOW
    )
    office.hear(event, reaction=reactions.result_released)
    provider.verdict = lambda _letter: domain.in_doubt("provider_no_answer")
    commands.send_batch(office.at(NOW), providers=provider.on("text"))
    assert state_of(office) == ("queued", "provider_no_answer")
    provider.verdict, provider.letters = type(provider)().verdict, []
    return office.deliveries(channel="text")[0]["id"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ("sent", ("sent", None)),
        ("delivered", ("delivered", None)),
        ("failed", ("failed", "provider_30003")),
        ("undelivered", ("failed", "provider_30003")),
    ],
)
def test_a_text_that_got_a_report_while_it_waited_is_not_sent_again(
    office: Any, provider: Any, doubtful_text: UUID, status: str, ended: Any
) -> None:
    record(office, report(doubtful_text, status, ErrorCode="30003"))
    assert state_of(office) == ended
    later = NOW + timedelta(hours=2)
    assert commands.send_batch(office.at(later), providers=provider.on("text")) == 0
    assert provider.letters == []


def test_that_one_attempt_failed_says_nothing_of_another_that_went_well(
    office: Any, sent_text: UUID
) -> None:
    record(office, report(sent_text, "failed", MessageSid="SM-of-an-earlier-attempt"))
    assert state_of(office) == ("sent", None)


def test_reports_in_any_order_and_twice_end_the_same(office: Any, sent_text: UUID) -> None:
    for status in ("delivered", "sent", "delivered", "queued", "sent"):
        assert record(office, report(sent_text, status)) == {"known": True}
    assert state_of(office) == ("delivered", None)
