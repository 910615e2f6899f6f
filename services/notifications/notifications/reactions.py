"""What notifications does when something happened: it writes who is to be told, and how.

Each reaction writes delivery rows and nothing else; sending is a loop of its own (commands).

An event may come after later ones about the same thing (it failed, and was tried again the next
day): what is no longer so is written down as superseded, in whichever order they come.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from portico_contracts import billing, identity, messaging, records, scheduling
from portico_contracts.notifications import Channel
from portico_kit.ids import derived_id

from . import store
from .bell import bell
from .domain import KINDS, Kind, Recipient


def contact_changed(tx: Any, event: identity.ContactDetailsChanged) -> None:
    """Keep how to reach a person; names are not needed to send, so they are not kept."""
    store.keep_contact(
        tx,
        person_id=event.person_id,
        person=event.person,
        email=event.email,
        mobile=event.mobile,
        language=event.language,
        zone=event.zone,
        changed_at=tx.envelope.occurred_at,
    )


def invited(tx: Any, event: identity.InvitationIssued) -> None:
    """Send the link and the code; both stay sealed until the moment of sending."""
    _tell_newest(
        tx,
        "invitation",
        event.patient_id,
        {"expires_at": event.expires_at},
        sealed={"code": event.sealed_code, "link_token": event.sealed_link_token},
        until=event.expires_at,
    )


def welcomed(tx: Any, event: identity.AccountActivated) -> None:
    """Say that the account is ready."""
    _tell(tx, "welcome", event.patient_id, {})


def locked(tx: Any, event: identity.AccountLocked) -> None:
    """Warn whoever owns the account: a patient by their own id, staff by their account's.

    The warning outlives the hold, which may last a minute: that somebody tried is the news.
    """
    person = event.patient_id or event.account_id
    recipient: Recipient = "patient" if event.patient_id else "staff"
    _tell(tx, "account_locked", person, {"until": event.until}, recipient=recipient)


def sign_in_changed(tx: Any, event: identity.SignInChanged) -> None:
    """Warn whoever owns the account that its sign-in was changed; not how."""
    person = event.patient_id or event.account_id
    recipient: Recipient = "patient" if event.patient_id else "staff"
    _tell(tx, "sign_in_changed", person, {}, recipient=recipient)


def sign_in_code(tx: Any, event: identity.SignInCodeIssued) -> None:
    """Send a code by text, for as long as it is good; it stays sealed until then."""
    _tell_newest(
        tx,
        "sign_in_code",
        event.person_id,
        {"until": event.expires_at},
        recipient=event.person,
        sealed={"code": event.sealed_code},
        until=event.expires_at,
    )


def recovery_asked(tx: Any, event: identity.RecoveryAsked) -> None:
    """Send a link to choose a new password, for as long as it is good; sealed until then."""
    _tell_newest(
        tx,
        "recovery",
        event.person_id,
        {"until": event.expires_at},
        recipient=event.person,
        sealed={"link_token": event.sealed_link_token},
        until=event.expires_at,
        channels=(event.channel,),
    )


def staff_invited(tx: Any, event: identity.StaffInvited) -> None:
    """Send a new colleague the link to their password, for as long as it is good; sealed."""
    _tell_newest(
        tx,
        "staff_invitation",
        event.staff_id,
        {"expires_at": event.expires_at},
        recipient="staff",
        sealed={"link_token": event.sealed_link_token},
        until=event.expires_at,
        channels=(event.channel,),
    )


def password_reset(tx: Any, event: identity.PasswordReset) -> None:
    """Warn whoever owns the account that somebody got in with a new password."""
    person = event.patient_id or event.account_id
    recipient: Recipient = "patient" if event.patient_id else "staff"
    kind = "access_reset" if event.factors_off else "password_reset"
    _tell(tx, kind, person, {}, recipient=recipient)


def visit_booked(tx: Any, event: scheduling.AppointmentBooked) -> None:
    """Confirm a visit, with a calendar file."""
    _tell(
        tx,
        "visit_booked",
        event.patient_id,
        _visit(event),
        until=event.starts_at,
        ended_by="visit_cancelled",
    )


def visit_cancelled(tx: Any, event: scheduling.AppointmentCancelled) -> None:
    """Say that a visit is off, and take it out of the calendar."""
    # What still waits for another attempt must not arrive after this.
    for kind in ("visit_booked", "visit_reminder"):
        store.supersede(tx, kind=kind, person_id=event.patient_id, subject_id=event.appointment_id)
    _tell(tx, "visit_cancelled", event.patient_id, _visit(event), until=event.ends_at)


def visit_reminder_due(tx: Any, event: scheduling.VisitReminderDue) -> None:
    """Remind of a visit, for as long as it helps: never once the visit has begun."""
    _tell(
        tx,
        "visit_reminder",
        event.patient_id,
        _visit(event),
        until=event.worth_until,
        ended_by="visit_cancelled",
    )


def result_released(tx: Any, event: records.LabResultReleased) -> None:
    """Say that there is a new result."""
    _tell(tx, "result_released", event.patient_id, {"subject_id": event.result_id})


def result_commented(tx: Any, event: records.ResultCommented) -> None:
    """Say that there is a new note."""
    _tell(tx, "result_commented", event.patient_id, {"subject_id": event.result_id})


def message_sent(tx: Any, event: messaging.MessageSent) -> None:
    """Tell the patient of a message from staff; what patients write themselves, they know."""
    if event.sender == "staff":
        _tell(tx, "message_received", event.patient_id, {"subject_id": event.conversation_id})


def request_submitted(tx: Any, event: messaging.RequestSubmitted) -> None:
    """Confirm a request, with the time that the patient was promised."""
    if event.kind != "review":  # that is between the portal and its staff
        _tell(tx, "request_received", event.patient_id, {"due_at": event.due_at})


def request_completed(tx: Any, event: messaging.RequestCompleted) -> None:
    """Say that there is news, where no other event says it: not answered, not a refill."""
    if event.outcome == "handled" and event.kind != "review":
        _tell(tx, "request_updated", event.patient_id, {})


def refill_decided(tx: Any, event: messaging.RefillApproved | messaging.RefillDenied) -> None:
    """Say that there is news on a request: the same words for yes and for no."""
    _tell(tx, "request_updated", event.patient_id, {})


def statement_issued(tx: Any, event: billing.StatementIssued) -> None:
    """Say that there is a new bill."""
    facts = {"subject_id": event.statement_id, "due_on": event.due_on}
    _tell(tx, "statement_issued", event.patient_id, facts)


def payment_succeeded(tx: Any, event: billing.PaymentSucceeded) -> None:
    """Send the receipt: amount, day and the card's last four digits, and no more."""
    facts = {
        "subject_id": event.statement_id,
        "amount_cents": event.amount_cents,
        "currency": event.currency,
        "card_last_four": event.card_last_four,
        "paid_at": tx.envelope.occurred_at,
    }
    _tell(tx, "payment_succeeded", event.patient_id, facts)


def payment_failed(tx: Any, event: billing.PaymentFailed) -> None:
    """Say that no money moved."""
    _tell(tx, "payment_failed", event.patient_id, {"subject_id": event.statement_id})


def _visit(event: Any) -> dict[str, Any]:
    names = "starts_at ends_at zone mode location_name location_address revision".split()
    return {"subject_id": event.appointment_id} | {name: getattr(event, name) for name in names}


def _tell_newest(tx: Any, kind: str, person_id: UUID, *details: Any, **more: Any) -> None:
    """As ``_tell``, of a code or link: it replaces the one before, which opens nothing any more."""
    store.supersede(tx, kind=kind, person_id=person_id)
    _tell(tx, kind, person_id, *details, ended_by=kind, **more)


def _tell(
    tx: Any,
    kind: str,
    person_id: UUID,
    facts: dict[str, Any],
    *,
    recipient: Recipient = "patient",
    sealed: dict[str, str] | None = None,
    until: datetime | None = None,
    ended_by: str | None = None,
    channels: tuple[Channel, ...] | None = None,
) -> None:
    """Queue a notice; ``ended_by`` is the kind that takes it back, about the same subject.

    ``channels`` are fewer than the kind's where the event says which.
    """
    rule = KINDS[kind]
    row = {
        "created_at": tx.envelope.occurred_at,
        "event_id": tx.envelope.event_id,
        "kind": kind,
        "recipient_kind": recipient,
        "recipient_id": person_id,
        "parameters": {name: _plain(value) for name, value in facts.items()},
        "sealed": sealed,
        "state": "queued",
        "priority": rule.priority,
        "due_at": tx.shared_now,
        "expires_at": _expiry(rule, until, tx.now),
    }
    subject = facts.get("subject_id")
    if ended_by and store.is_overtaken(tx, by=ended_by, person_id=person_id, subject_id=subject):
        row |= store.superseded(tx)
    store.queue(tx, row, ways=[_way(row, channel) for channel in channels or rule.channels])
    tx.after_commit(bell.ring)


def _way(row: dict[str, Any], channel: str) -> dict[str, Any]:
    # Providers know a delivery by this id: written anew after a restore, it is the same to them.
    made = derived_id(row["event_id"], channel, row["recipient_id"])
    return {"id": made, "channel": channel}


def _expiry(rule: Kind, until: datetime | None, now: datetime) -> datetime:
    end = now + rule.lifetime
    return min(end, until) if until else end


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
