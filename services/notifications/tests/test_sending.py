"""Sending: each delivery ends sent, failed, suppressed or expired, and no two copies share one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from notifications import commands, domain, reactions, store
from notifications.domain import again, failed
from notifications.tables import contact
from portico_contracts.identity import AccountLocked, InvitationIssued
from portico_contracts.records import LabResultReleased
from portico_contracts.refusal import Unavailable
from portico_kit.ids import new_id
from portico_kit.sealing import TransitBox
from portico_kit.testing.keys import TRANSIT_KEY

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
LEASE = domain.lease_time(deadline=10.0)


def release_result(office: Any, patient_id: Any, *, now: datetime = NOW) -> None:
    event = LabResultReleased(
        result_id=new_id(), patient_id=patient_id, with_comment=False, released_at=NOW
    )
    office.hear(event, reaction=reactions.result_released, now=now)


def send(office: Any, provider: Any, *, channel: Any = "mail", now: datetime = NOW) -> int:
    return commands.send_batch(office.at(now), providers=provider.on(channel))


def the_mail(office: Any) -> dict[str, Any]:
    (row,) = office.deliveries(channel="mail")
    return row


def test_what_is_due_is_handed_over_once_and_recorded_as_sent(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())

    assert send(office, provider) == 1
    assert send(office, provider) == 0
    row = the_mail(office)
    assert (row["state"], row["attempts"], row["provider_reference"]) == (
        "sent", 1, f"ref-{row['id']}",
    )  # fmt: skip
    assert provider.letters[0].address == "maria@cedargrove.example"


def test_mail_and_texts_wait_in_lines_of_their_own(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    send(office, provider, channel="text")

    assert office.deliveries(channel="text")[0]["state"] == "sent"
    assert the_mail(office)["state"] == "queued"
    assert provider.letters[0].number == "+15550100111"


def test_a_temporary_failure_is_tried_again_later_and_later(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    provider.verdict = lambda _letter: again("smtp_451")
    moment = NOW
    for seconds in (10, 60, 600, 3600):
        assert send(office, provider, now=moment) == 1
        row = the_mail(office)
        assert (row["state"], row["reason"]) == ("queued", "smtp_451")
        delay = (row["due_at"] - moment).total_seconds()
        assert seconds <= delay <= seconds * 1.2
        assert send(office, provider, now=row["due_at"] - timedelta(seconds=1)) == 0
        moment = row["due_at"]


def test_a_permanent_failure_is_final(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    provider.verdict = lambda _letter: failed("smtp_550")
    send(office, provider)

    row = the_mail(office)
    assert (row["state"], row["reason"], row["settled_at"]) == ("failed", "smtp_550", NOW)


def test_a_notice_past_its_time_expires_and_is_not_sent(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    send(office, provider, now=NOW + timedelta(days=3))

    assert the_mail(office)["state"] == "expired"
    assert provider.letters == []


def test_a_retry_that_would_come_too_late_expires_at_once(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    provider.verdict = lambda _letter: again("smtp_451")
    send(office, provider, now=NOW + timedelta(days=2, seconds=-5))

    assert (the_mail(office)["state"], the_mail(office)["reason"]) == ("expired", "smtp_451")


def test_without_an_address_nothing_is_sent_and_the_reason_is_kept(
    office: Any, provider: Any
) -> None:
    release_result(office, office.reachable(mobile=None))
    send(office, provider, channel="text")

    (row,) = office.deliveries(channel="text")
    assert (row["state"], row["reason"]) == ("suppressed", "no_address")
    assert provider.letters == []


def test_contact_details_may_arrive_after_the_event_that_needs_them(
    office: Any, provider: Any
) -> None:
    patient = new_id()
    release_result(office, patient)
    send(office, provider)
    assert (the_mail(office)["state"], the_mail(office)["reason"]) == ("queued", "no_contact")

    office.reachable(patient)
    send(office, provider, now=the_mail(office)["due_at"])
    assert the_mail(office)["state"] == "sent"


def test_someone_we_never_hear_of_is_given_up_with_a_reason(office: Any, provider: Any) -> None:
    release_result(office, new_id())
    for _ in range(5):
        send(office, provider, now=the_mail(office)["due_at"])

    assert (the_mail(office)["state"], the_mail(office)["reason"]) == ("suppressed", "no_contact")


def test_contact_details_are_waited_for_as_long_as_their_own_event_is_tried(
    office: Any, provider: Any
) -> None:
    patient = new_id()
    release_result(office, patient)
    for _ in range(4):
        send(office, provider, now=the_mail(office)["due_at"] + timedelta(minutes=20))

    office.reachable(patient)
    send(office, provider, now=the_mail(office)["due_at"])
    assert the_mail(office)["state"] == "sent"


def test_a_contact_whose_seal_is_broken_does_not_hold_back_the_others(
    office: Any, provider: Any
) -> None:
    broken, well = office.reachable(), office.reachable()
    with office.database.transaction(now=NOW) as tx:
        spoilt = update(contact).where(contact.c.person_id == broken)
        tx.execute(spoilt.values(email=b"not sealed by us"))
    release_result(office, broken)
    release_result(office, well)
    send(office, provider)

    ended = {row["recipient_id"]: row["reason"] for row in office.deliveries(channel="mail")}
    assert ended == {broken: "seal_broken", well: None}


def test_what_a_slow_provider_left_no_time_for_is_due_at_once_and_counts_no_attempt(
    office: Any, provider: Any
) -> None:
    release_result(office, office.reachable())
    provider.verdict = lambda _letter: domain.NOT_REACHED
    send(office, provider)

    row = the_mail(office)
    assert (row["state"], row["attempts"], row["due_at"]) == ("queued", 0, NOW)


def test_a_batch_and_what_follows_it_end_before_its_lease_does() -> None:
    longest = domain.BEGIN_WITHIN + timedelta(seconds=10)
    assert longest < LEASE <= timedelta(seconds=30)


class AwayOnce:
    """The database, gone for a moment as soon as the provider has taken a letter."""

    def __init__(self, database: Any, provider: Any) -> None:
        self.database, self.provider, self.config = database, provider, database.config
        self.was_away = False

    def transaction(self) -> Any:
        if self.provider.letters and not self.was_away:
            self.was_away = True
            raise Unavailable
        return self.database.transaction()


def test_what_was_handed_over_while_the_database_went_away_is_recorded_and_not_sent_again(
    office: Any, provider: Any
) -> None:
    release_result(office, office.reachable())
    fragile = AwayOnce(office.at(NOW), provider)
    commands.send_batch(fragile, providers=provider.on("mail"))

    assert fragile.was_away
    assert (the_mail(office)["state"], len(provider.letters)) == ("sent", 1)


def test_the_urgent_goes_first(office: Any, provider: Any) -> None:
    patient = office.reachable()
    release_result(office, patient)
    locked = AccountLocked(account_id=new_id(), patient_id=patient, until=NOW + timedelta(hours=1))
    office.hear(locked, reaction=reactions.locked)
    send(office, provider)

    assert [letter.subject.split(" at ")[0] for letter in provider.letters] == [
        "Sign-in to your account", "You have a new test result",
    ]  # fmt: skip


def test_two_copies_never_lease_the_same_delivery(office: Any) -> None:
    patient = office.reachable()
    for _ in range(6):
        release_result(office, patient)
    until = NOW + LEASE
    with office.database.transaction(now=NOW) as one, office.database.transaction(now=NOW) as other:
        first = store.lease(one, channel="mail", count=4, lease_id=new_id(), now=NOW, until=until)
        second = store.lease(
            other, channel="mail", count=4, lease_id=new_id(), now=NOW, until=until
        )

    assert (len(first), len(second)) == (4, 2)
    assert {row["id"] for row in first}.isdisjoint(row["id"] for row in second)


def test_what_a_copy_leased_before_it_died_is_sent_by_another(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    with office.database.transaction(now=NOW) as tx:
        store.lease(tx, channel="mail", count=9, lease_id=new_id(), now=NOW, until=NOW + LEASE)
    assert send(office, provider) == 0

    later = NOW + LEASE + timedelta(seconds=1)
    with office.database.transaction(now=later) as tx:
        commands.release_stuck(tx)
    assert send(office, provider, now=later) == 1
    assert (the_mail(office)["state"], the_mail(office)["attempts"]) == ("sent", 2)


def test_what_a_clock_that_ran_ahead_noted_does_not_wait_for_that_moment(
    office: Any, provider: Any
) -> None:
    patient, ahead = office.reachable(), NOW + timedelta(hours=48)
    release_result(office, patient, now=ahead)
    with office.database.transaction(now=ahead) as tx:
        store.lease(tx, channel="text", count=9, lease_id=new_id(), now=ahead, until=ahead + LEASE)
    assert send(office, provider) == 0
    with office.database.transaction(now=NOW) as tx:
        commands.release_stuck(tx)

    (mail,), (text,) = office.deliveries(channel="mail"), office.deliveries(channel="text")
    assert (mail["due_at"], mail["state"]) == (NOW, "queued")
    assert (text["leased_until"], text["state"]) == (NOW + LEASE, "sending")


def test_a_retry_that_waits_its_time_is_left_to_wait(office: Any, provider: Any) -> None:
    release_result(office, office.reachable())
    provider.verdict = lambda _letter: again("busy")
    send(office, provider)
    waits = the_mail(office)["due_at"]
    with office.database.transaction(now=NOW) as tx:
        commands.release_stuck(tx)
    assert the_mail(office)["due_at"] == waits > NOW


def test_a_copy_whose_lease_ended_does_not_overwrite_the_other_ones_result(office: Any) -> None:
    release_result(office, office.reachable())
    with office.database.transaction(now=NOW) as tx:
        (slow,) = store.lease(tx, channel="mail", count=1, lease_id=new_id(), now=NOW, until=NOW)
    later = NOW + timedelta(seconds=1)
    with office.database.transaction(now=later) as tx:
        store.release_stuck(tx)
        store.lease(tx, channel="mail", count=1, lease_id=new_id(), now=later, until=NOW + LEASE)
        ended = slow | {"state": "sent", "settled_at": later}
        assert store.settle(tx, [ended]) == set()

    assert the_mail(office)["state"] == "sending"


def test_one_letter_that_cannot_be_written_does_not_hold_back_the_others(
    office: Any, provider: Any
) -> None:
    release_result(office, office.reachable(zone="Nowhere/Land"))
    locked = AccountLocked(
        account_id=new_id(), patient_id=office.reachable(zone="Nowhere/Land"),
        until=NOW + timedelta(hours=1),
    )  # fmt: skip
    office.hear(locked, reaction=reactions.locked)
    send(office, provider)

    states = {
        row["kind"]: (row["state"], row["reason"]) for row in office.deliveries(channel="mail")
    }
    assert states["account_locked"] == ("queued", "unwritable")
    assert states["result_released"] == ("sent", None)


@pytest.fixture
def invited(office: Any) -> Any:
    patient, box = office.reachable(), TransitBox(TRANSIT_KEY)
    event = InvitationIssued(
        invitation_id=new_id(), patient_id=patient, channels=("email", "sms"), language="en",
        expires_at=NOW + timedelta(days=14), sealed_code=box.seal("K7Q2-M9XD", about=patient),
        sealed_link_token=box.seal("a/token", about=patient),
    )  # fmt: skip
    office.hear(event, reaction=reactions.invited)
    return patient


def test_a_code_survives_the_attempts_that_fail(office: Any, provider: Any, invited: Any) -> None:
    provider.verdict = lambda _letter: again("smtp_451")
    send(office, provider)
    provider.verdict = type(provider)().verdict
    send(office, provider, now=the_mail(office)["due_at"])

    assert "K7Q2-M9XD" in provider.letters[-1].text
    assert the_mail(office)["sealed"] is None


def test_an_invitation_carries_code_and_link_but_its_row_never_shows_them(
    office: Any, provider: Any, invited: Any
) -> None:
    waiting = str(the_mail(office))
    send(office, provider)
    send(office, provider, channel="text")

    mail, text = provider.letters
    for said in (mail.text, mail.html, text.body):
        assert "K7Q2-M9XD" in said
        assert "https://portal.example/set-up?code=a%2Ftoken" in said
    assert "K7Q2" not in waiting and "K7Q2" not in str(the_mail(office))
    assert the_mail(office)["sealed"] is None


def test_a_code_sealed_for_somebody_else_is_not_sent(office: Any, provider: Any) -> None:
    patient, box = office.reachable(), TransitBox(TRANSIT_KEY)
    sealed = box.seal("K7Q2-M9XD", about=new_id())
    event = InvitationIssued(
        invitation_id=new_id(), patient_id=patient, channels=("email",), language="en",
        expires_at=NOW + timedelta(days=14), sealed_code=sealed, sealed_link_token=sealed,
    )  # fmt: skip
    office.hear(event, reaction=reactions.invited)
    send(office, provider)

    assert (the_mail(office)["state"], the_mail(office)["reason"]) == ("failed", "seal_broken")
