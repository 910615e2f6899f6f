"""Invitations: staff issue them, patients prove who they are and make an account."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from ..rpc import request, text
from .kinds import InvitationState, Language


class Invitation(TypedDict):
    """A fresh invitation. ``code`` is shown to staff this once and kept nowhere in the clear."""

    invitation_id: UUID
    code: str
    expires_at: datetime
    channels: list[str]


class InvitationView(TypedDict):
    """An invitation as staff see it afterwards, without its code."""

    invitation_id: UUID
    state: InvitationState
    issued_at: datetime
    issued_by: str
    expires_at: datetime
    channels: list[str]


class Enrolment(TypedDict):
    """How far a patient has come: an account, or the newest invitation, or neither."""

    has_account: bool
    enrolled_at: datetime | None
    last_sign_in_at: datetime | None
    invitation: InvitationView | None


class OpenedInvitation(TypedDict):
    """What the set-up pages need: ``claim`` is a secret for ``AcceptInvitation`` until ``until``.

    The hints show the ends of the address and number only. ``needs`` names what is still to be
    given: ``login`` and ``password``.
    """

    claim: str
    until: datetime
    first_name: str
    language: Language
    email_hint: str | None
    mobile_hint: str | None
    needs: list[str]


@request("identity", reply=Invitation, category="account", action="write")
class IssueInvitation:
    """Invite a patient (staff); an earlier open invitation is replaced.

    Name, birth date and contact details are the ones that records holds. Refusals:
    AlreadyEnrolled, NowhereToSend.
    """

    patient_id: UUID | None = None
    first_name: str = text(longest=100, shortest=1)
    last_name: str = text(longest=100, shortest=1)
    birth_date: date
    email: str | None = text(longest=254, default=None)
    mobile: str | None = text(longest=32, default=None)
    language: Language = "en"


@request("identity", reply=Enrolment, category="account")
class ShowEnrolment:
    """Whether a patient has an account or an open invitation (staff)."""

    patient_id: UUID | None = None


@request("identity", reply=OpenedInvitation, action="write")
class OpenInvitation:
    """Prove who one is: ``code`` is the typed code or the token out of the link.

    One refusal for all that is wrong: RefusedProof. Also TooManyTries, by ``address``.
    """

    code: str = text(longest=100, shortest=1)
    birth_date: date
    address: str = text(longest=64, default="")
