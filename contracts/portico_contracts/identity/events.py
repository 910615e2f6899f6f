"""What identity announces."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ..event import event
from ..fields import Contact, Plain, Sealed


@event("identity", aggregate="patient_id", heard_by=("notifications",), lane="urgent")
class InvitationIssued:
    """A patient was invited. Heard by notifications, which unseals code and link token.

    Shares its aggregate with ``ContactDetailsChanged``, which is announced just before it.
    ``channels`` are those that the patient can be reached by: ``email``, ``sms``. The sealed
    fields are bound to ``patient_id``; the code is as typed by people, such as ``K7Q2-M9XD``.
    """

    invitation_id: Plain[UUID]
    patient_id: Plain[UUID]
    channels: Plain[tuple[str, ...]]
    language: Plain[str]
    expires_at: Plain[datetime]
    sealed_code: Sealed[str]
    sealed_link_token: Sealed[str]


@event("identity", aggregate="account_id", heard_by=("notifications",))
class AccountActivated:
    """A patient made their account. Heard by notifications."""

    account_id: Plain[UUID]
    patient_id: Plain[UUID]


@event("identity", aggregate="account_id", heard_by=("notifications",))
class AccountLocked:
    """Sign-in to an account is held up until a time, after failed tries. Heard by notifications.

    ``patient_id`` is None for staff, whom ``ContactDetailsChanged`` names by their account's id.
    """

    account_id: Plain[UUID]
    patient_id: Plain[UUID | None]
    until: Plain[datetime]


@event("identity", aggregate="person_id", heard_by=("notifications",), lane="urgent")
class SignInCodeIssued:
    """A code by text was asked for. Heard by notifications, which unseals it.

    ``person_id`` is as in ``ContactDetailsChanged``; the sealed field is bound to it. The code is
    good until ``expires_at`` or until the next one is issued.
    """

    person_id: Plain[UUID]
    person: Plain[Literal["patient", "staff"]]
    expires_at: Plain[datetime]
    sealed_code: Sealed[str]


@event("identity", aggregate="person_id", heard_by=("notifications",), lane="urgent")
class RecoveryAsked:
    """A link to choose a new password was asked for. Heard by notifications, which unseals it.

    ``person_id`` is as in ``ContactDetailsChanged``; the sealed field is bound to it. The link is
    good until ``expires_at``, once, or until the next one is asked for.
    """

    person_id: Plain[UUID]
    person: Plain[Literal["patient", "staff"]]
    channel: Plain[Literal["mail", "text"]]
    expires_at: Plain[datetime]
    sealed_link_token: Sealed[str]


@event("identity", aggregate="staff_id", heard_by=("notifications",), lane="urgent")
class StaffInvited:
    """A new member of staff is to choose a password. Heard by notifications, which unseals it.

    Shares its aggregate with ``ContactDetailsChanged``; the sealed field is bound to ``staff_id``.
    The link is good until ``expires_at``, once, or until the next one is sent.
    """

    staff_id: Plain[UUID]
    channel: Plain[Literal["mail", "text"]]
    expires_at: Plain[datetime]
    sealed_link_token: Sealed[str]


@event("identity", aggregate="staff_id", heard_by=("messaging", "scheduling"))
class StaffLeft:
    """A member of staff left: their account is closed for good.

    Messaging gives back to its queues what they had; scheduling offers no times of theirs.
    """

    staff_id: Plain[UUID]


@event("identity", aggregate="account_id", heard_by=("notifications",))
class SignInChanged:
    """How an account is signed in to was changed. Heard by notifications, which warns its owner.

    ``patient_id`` is None for staff, as in ``AccountLocked``.
    """

    account_id: Plain[UUID]
    patient_id: Plain[UUID | None]
    change: Plain[Literal["factor_added", "factor_removed", "codes_renewed", "password_changed"]]


@event("identity", aggregate="account_id", heard_by=("notifications",))
class PasswordReset:
    """Somebody got back in with a new password. Heard by notifications, which warns the owner.

    ``patient_id`` is None for staff, as in ``AccountLocked``. ``factors_off``: it was by a code
    from the practice, which turned second factors off; a link leaves them on.
    """

    account_id: Plain[UUID]
    patient_id: Plain[UUID | None]
    factors_off: Plain[bool]


@event("identity", aggregate="account_id", heard_by=("gateway",), lane="urgent")
class SessionsEnded:
    """Sessions ended, by choice or by time. Heard by every gateway copy."""

    account_id: Plain[UUID]
    session_ids: Plain[tuple[UUID, ...]]


@event(
    "identity",
    aggregate="person_id",
    heard_by=("notifications", "billing", "messaging", "scheduling"),
    lane="urgent",
)
class ContactDetailsChanged:
    """How to reach a person, whole, in place of all before.

    ``person_id`` is the patient's id when ``person`` is ``patient``, the staff account's id when
    it is ``staff``. ``mobile`` is E.164; ``zone`` an IANA time zone.
    """

    person_id: Plain[UUID]
    person: Plain[Literal["patient", "staff"]]
    first_name: Contact[str]
    last_name: Contact[str]
    email: Contact[str | None]
    mobile: Contact[str | None]
    language: Plain[str]
    zone: Plain[str]
