"""Each reaction writes who is to be told, once, however often its event arrives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from notifications import commands, reactions
from notifications.tables import contact, delivery
from portico_contracts import billing, identity, messaging, records, scheduling
from portico_kit.ids import new_id

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
BOTH, MAIL = ["mail", "text"], ["mail"]
PATIENT = new_id()
SUBJECT = new_id()
VISIT = {
    "appointment_id": SUBJECT, "patient_id": PATIENT, "provider_id": new_id(),
    "provider_name": "Dr. Amara Okafor", "visit_type": "follow_up", "mode": "in_person",
    "starts_at": NOW + timedelta(days=3), "ends_at": NOW + timedelta(days=3, minutes=20),
    "zone": "America/New_York", "location_id": new_id(), "location_name": "Main Street clinic",
    "location_address": "12 Main Street", "revision": 0,
}  # fmt: skip
REMINDER = scheduling.VisitReminderDue(
    **{name: value for name, value in VISIT.items()
       if name not in ("provider_id", "provider_name", "visit_type", "location_id")},
    reminder_id=new_id(), kind="two_days", worth_until=NOW + timedelta(days=1),
)  # fmt: skip
REQUEST = {"request_id": SUBJECT, "patient_id": PATIENT}

CASES: list[tuple[Any, Any, str, list[str]]] = [
    (
        identity.InvitationIssued(
            invitation_id=SUBJECT, patient_id=PATIENT, channels=("email",), language="en",
            expires_at=NOW + timedelta(days=14), sealed_code="x", sealed_link_token="y",
        ),
        reactions.invited, "invitation", BOTH,
    ),
    (identity.AccountActivated(account_id=new_id(), patient_id=PATIENT), reactions.welcomed,
     "welcome", MAIL),
    (identity.AccountLocked(account_id=new_id(), patient_id=PATIENT,
                            until=NOW + timedelta(hours=1)),
     reactions.locked, "account_locked", BOTH),
    (scheduling.AppointmentBooked(**VISIT, booked_by="patient"), reactions.visit_booked,
     "visit_booked", BOTH),
    (scheduling.AppointmentCancelled(**VISIT, cancelled_by="staff"), reactions.visit_cancelled,
     "visit_cancelled", BOTH),
    (records.LabResultReleased(result_id=SUBJECT, patient_id=PATIENT, with_comment=True,
                               released_at=NOW),
     reactions.result_released, "result_released", BOTH),
    (records.ResultCommented(result_id=SUBJECT, patient_id=PATIENT, comment_id=new_id(),
                             commented_at=NOW),
     reactions.result_commented, "result_commented", BOTH),
    (messaging.MessageSent(message_id=new_id(), conversation_id=SUBJECT, request_id=new_id(),
                           patient_id=PATIENT, queue="messages", sender="staff", sent_at=NOW),
     reactions.message_sent, "message_received", BOTH),
    (messaging.RequestSubmitted(**REQUEST, queue="refills", kind="refill",
                                due_at=NOW + timedelta(days=1)),
     reactions.request_submitted, "request_received", MAIL),
    (messaging.RequestCompleted(**REQUEST, queue="messages", kind="message", outcome="handled"),
     reactions.request_completed, "request_updated", BOTH),
    (messaging.RefillApproved(**REQUEST, medication_id=new_id(), staff_id=new_id(), decided_at=NOW),
     reactions.refill_decided, "request_updated", BOTH),
    (messaging.RefillDenied(**REQUEST, medication_id=new_id(), outcome="needs_visit",
                            decided_at=NOW),
     reactions.refill_decided, "request_updated", BOTH),
    (billing.StatementIssued(statement_id=SUBJECT, patient_id=PATIENT, due_on=date(2026, 12, 1)),
     reactions.statement_issued, "statement_issued", MAIL),
    (billing.PaymentSucceeded(payment_id=new_id(), statement_id=SUBJECT, patient_id=PATIENT,
                              amount_cents=4000, currency="usd", card_last_four="4242"),
     reactions.payment_succeeded, "payment_succeeded", MAIL),
    (billing.PaymentFailed(payment_id=new_id(), statement_id=SUBJECT, patient_id=PATIENT,
                           reason="card_declined"),
     reactions.payment_failed, "payment_failed", MAIL),
    (REMINDER, reactions.visit_reminder_due, "visit_reminder", BOTH),
    (identity.SignInChanged(account_id=new_id(), patient_id=PATIENT, change="factor_added"),
     reactions.sign_in_changed, "sign_in_changed", MAIL),
    (identity.SignInCodeIssued(person_id=PATIENT, person="patient", sealed_code="x",
                               expires_at=NOW + timedelta(minutes=10)),
     reactions.sign_in_code, "sign_in_code", ["text"]),
    *((identity.RecoveryAsked(person_id=PATIENT, person="patient", channel=channel,
                              expires_at=NOW + timedelta(minutes=30), sealed_link_token="x"),
       reactions.recovery_asked, "recovery", [channel]) for channel in ("mail", "text")),
    *((identity.StaffInvited(staff_id=PATIENT, channel=channel, sealed_link_token="x",
                             expires_at=NOW + timedelta(days=7)),
       reactions.staff_invited, "staff_invitation", [channel]) for channel in ("mail", "text")),
    *((identity.PasswordReset(account_id=new_id(), patient_id=PATIENT, factors_off=off),
       reactions.password_reset, kind, BOTH)
      for off, kind in ((False, "password_reset"), (True, "access_reset"))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "reaction", "kind", "channels"), CASES, ids=[type(c[0]).__name__ for c in CASES]
)
def test_an_event_heard_twice_queues_one_delivery_a_channel(
    office: Any, event: Any, reaction: Any, kind: str, channels: list[str]
) -> None:
    event_id = office.hear(event, reaction=reaction, times=2)

    queued = office.deliveries()
    assert [row["channel"] for row in queued] == channels
    assert {row["kind"] for row in queued} == {kind}
    assert {row["event_id"] for row in queued} == {event_id}
    assert {row["recipient_id"] for row in queued} == {PATIENT}
    assert {row["state"] for row in queued} == {"queued"}


def test_even_without_an_inbox_row_the_same_event_queues_nothing_twice(office: Any) -> None:
    event = CASES[5][0]
    office.hear(event, reaction=reactions.result_released, times=1)
    with office.database.transaction(now=NOW) as tx:
        tx.execute(text("DELETE FROM inbox"))
        first = tx.execute(select(delivery)).mappings().first()
        tx.envelope = type("Known", (), {"event_id": first["event_id"], "occurred_at": NOW})
        reactions.result_released(tx, event)

    assert len(office.deliveries()) == 2


def test_what_a_patient_writes_is_not_announced_to_that_patient(office: Any) -> None:
    event = messaging.MessageSent(
        message_id=new_id(), conversation_id=new_id(), request_id=new_id(), patient_id=PATIENT,
        queue="messages", sender="patient", sent_at=NOW,
    )  # fmt: skip
    office.hear(event, reaction=reactions.message_sent)

    assert office.deliveries() == []


def test_patients_hear_nothing_of_what_the_portal_asks_its_staff(office: Any) -> None:
    asked = {**REQUEST, "queue": "billing", "kind": "review"}
    submitted = messaging.RequestSubmitted(**asked, due_at=NOW + timedelta(days=1))
    office.hear(submitted, reaction=reactions.request_submitted)
    completed = messaging.RequestCompleted(**asked, outcome="handled")
    office.hear(completed, reaction=reactions.request_completed)
    assert office.deliveries() == []


@pytest.mark.parametrize("outcome", ["answered", "sent_to_pharmacy", "needs_visit", "not_refilled"])
def test_a_completion_that_another_event_tells_of_is_not_told_again(
    office: Any, outcome: Any
) -> None:
    event = messaging.RequestCompleted(**REQUEST, queue="refills", kind="refill", outcome=outcome)
    office.hear(event, reaction=reactions.request_completed)

    assert office.deliveries() == []


def test_a_locked_staff_account_is_told_to_its_owner(office: Any) -> None:
    account = new_id()
    event = identity.AccountLocked(
        account_id=account, patient_id=None, until=NOW + timedelta(hours=1)
    )
    office.hear(event, reaction=reactions.locked)

    assert {(r["recipient_kind"], r["recipient_id"]) for r in office.deliveries()} == {
        ("staff", account)
    }


def test_a_warning_about_sign_in_outlives_the_hold_it_tells_of(office: Any) -> None:
    event = identity.AccountLocked(
        account_id=new_id(), patient_id=PATIENT, until=NOW + timedelta(minutes=1)
    )
    office.hear(event, reaction=reactions.locked)

    assert {row["expires_at"] for row in office.deliveries()} == {NOW + timedelta(hours=12)}


def test_the_newest_code_by_text_replaces_the_one_that_still_waits(office: Any) -> None:
    for later in (timedelta(0), timedelta(minutes=1)):
        until = NOW + later + timedelta(minutes=10)
        event = identity.SignInCodeIssued(
            person_id=PATIENT, person="patient", expires_at=until, sealed_code="x"
        )
        office.hear(event, reaction=reactions.sign_in_code, now=NOW + later)

    assert sorted(row["state"] for row in office.deliveries()) == ["queued", "suppressed"]


def test_the_newest_link_replaces_the_one_that_still_waits_and_none_outlives_its_time(
    office: Any,
) -> None:
    for later in (timedelta(0), timedelta(minutes=1)):
        event = identity.RecoveryAsked(
            person_id=PATIENT, person="patient", channel="mail",
            expires_at=NOW + later + timedelta(minutes=10), sealed_link_token="x",
        )  # fmt: skip
        office.hear(event, reaction=reactions.recovery_asked, now=NOW + later)

    assert sorted(row["state"] for row in office.deliveries()) == ["queued", "suppressed"]
    [waiting] = office.deliveries(state="queued")
    assert waiting["expires_at"] == NOW + timedelta(minutes=11)


def test_a_confirmation_that_still_waits_does_not_follow_its_cancellation(office: Any) -> None:
    other = {**VISIT, "appointment_id": new_id()}
    for visit in (VISIT, other):
        booked = scheduling.AppointmentBooked(**visit, booked_by="patient")
        office.hear(booked, reaction=reactions.visit_booked)
    later = NOW + timedelta(minutes=1)
    off = scheduling.AppointmentCancelled(**VISIT, cancelled_by="patient")
    office.hear(off, reaction=reactions.visit_cancelled, now=later)

    stand = {
        (r["kind"], r["parameters"]["subject_id"]): (r["state"], r["reason"])
        for r in office.deliveries()
    }
    assert stand == {
        ("visit_booked", str(SUBJECT)): ("suppressed", "superseded"),
        ("visit_booked", str(other["appointment_id"])): ("queued", None),
        ("visit_cancelled", str(SUBJECT)): ("queued", None),
    }


def test_a_reminder_is_worth_sending_until_the_next_and_not_once_the_visit_is_off(
    office: Any,
) -> None:
    office.hear(REMINDER, reaction=reactions.visit_reminder_due)
    assert {row["expires_at"] for row in office.deliveries()} == {REMINDER.worth_until}
    off = scheduling.AppointmentCancelled(**VISIT, cancelled_by="patient")
    office.hear(off, reaction=reactions.visit_cancelled, now=NOW + timedelta(minutes=1))
    assert {r["state"] for r in office.deliveries(kind="visit_reminder")} == {"suppressed"}


@pytest.mark.parametrize(
    ("earlier", "reaction", "kind"),
    [
        (scheduling.AppointmentBooked(**VISIT, booked_by="patient"), reactions.visit_booked,
         "visit_booked"),
        (REMINDER, reactions.visit_reminder_due, "visit_reminder"),
    ],
)  # fmt: skip
def test_what_is_heard_after_the_cancellation_that_followed_it_is_not_sent(
    office: Any, earlier: Any, reaction: Any, kind: str
) -> None:
    off = scheduling.AppointmentCancelled(**VISIT, cancelled_by="patient")
    office.hear(off, reaction=reactions.visit_cancelled, now=NOW + timedelta(minutes=1))
    office.hear(earlier, reaction=reaction, now=NOW)
    stand = {(r["state"], r["reason"]) for r in office.deliveries(kind=kind)}
    assert stand == {("suppressed", "superseded")}
    assert {r["state"] for r in office.deliveries(kind="visit_cancelled")} == {"queued"}


def test_a_newer_invitation_replaces_one_that_still_waits_and_never_the_other_way(
    office: Any,
) -> None:
    newer = office.hear(CASES[0][0], reaction=reactions.invited, now=NOW + timedelta(minutes=5))
    office.hear(CASES[0][0], reaction=reactions.invited, now=NOW)
    office.hear(CASES[0][0], reaction=reactions.invited, now=NOW + timedelta(minutes=1))

    (waiting,) = office.deliveries(state="queued", channel="mail")
    assert waiting["event_id"] == newer
    assert {r["sealed"] is None for r in office.deliveries(state="suppressed")} == {True}


def test_contact_details_are_sealed_at_rest(office: Any) -> None:
    person = office.reachable()

    with office.database.transaction(now=NOW) as tx:
        stored = tx.execute(select(contact)).mappings().one()
    assert b"maria" not in bytes(stored["email"])
    assert b"555" not in bytes(stored["mobile"])
    assert office.contact(person)["email"] == "maria@cedargrove.example"


def test_newer_contact_details_win_over_older_ones_that_arrive_later(office: Any) -> None:
    person = new_id()
    newer = NOW + timedelta(minutes=5)
    known = {"person": "patient", "first_name": "M", "last_name": "R", "mobile": None,
             "language": "es", "zone": "America/Chicago"}  # fmt: skip
    for email, moment in (("new@x.example", newer), ("old@x.example", NOW)):
        event = identity.ContactDetailsChanged(person_id=person, email=email, **known)
        office.hear(event, reaction=reactions.contact_changed, now=moment)

    assert office.contact(person)["email"] == "new@x.example"


def test_a_delivery_of_a_month_without_a_partition_is_kept_all_the_same(office: Any) -> None:
    long_ago = datetime(2019, 5, 1, tzinfo=UTC)
    office.hear(CASES[5][0], reaction=reactions.result_released, now=long_ago)

    with office.database.transaction(now=NOW) as tx:
        where = tx.execute(text("SELECT DISTINCT tableoid::regclass::text FROM delivery")).scalar()
    assert where == "delivery_other"


def test_a_month_made_late_takes_over_what_waited_for_it(office: Any) -> None:
    long_ago = datetime(2019, 5, 1, tzinfo=UTC)
    office.hear(CASES[5][0], reaction=reactions.result_released, now=long_ago)
    with office.database.transaction(now=long_ago) as tx:
        commands.make_months_ahead(tx)
        where = tx.execute(text("SELECT DISTINCT tableoid::regclass::text FROM delivery")).scalar()

    assert where == "delivery_2019_05"
    assert len(office.deliveries()) == 2
