"""Getting back in: one account recovery, with two ways into it.

By a link, for who forgot the password; a second factor that is on stays on. By a code that staff
make for a person whom they have before them or know, for who lost phone and recovery codes; second
factors are turned off. Either is good once, and only the newest of its kind.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import between, request, text
from .kinds import Kind
from .people import StaffCard

Proof = Literal["photo_id", "known_in_person", "call_back"]


class AskedForLink(TypedDict):
    """The same whether or not there is such an account: for how long a link would be good."""

    minutes: int


class OpenedLink(TypedDict):
    """A link that is still good, and what its account signs in with."""

    login: str
    until: datetime


class OpenedCode(TypedDict):
    """``claim`` is a secret for ``ChooseNewPassword``, until ``until``."""

    claim: str
    until: datetime


class NewPassword(TypedDict):
    """Whose kind of account it is: the next step is to sign in."""

    kind: Kind


class RecoveryCodeView(TypedDict):
    """A code that is still good, as staff see it after its issue: without the code."""

    issued_at: datetime
    issued_by: str
    proof: Proof
    expires_at: datetime
    tries_left: int


class SignInHelp(TypedDict):
    """How a person signs in, and the code that is open for them, if any.

    Where ``has_account`` is false all else is empty. ``app_used_at`` is when a code of the app was
    last taken.
    """

    has_account: bool
    name: str
    logins: list[str]
    last_sign_in_at: datetime | None
    app_since: datetime | None
    app_used_at: datetime | None
    text_since: datetime | None
    recovery_codes_left: int
    code: RecoveryCodeView | None


class IssuedRecoveryCode(TypedDict):
    """A fresh code. It is shown to staff this once and kept nowhere in the clear."""

    code: str
    login: str
    expires_at: datetime


class RevokedRecoveryCode(TypedDict):
    """How many open codes there were: one or none."""

    revoked: int


class StaffPage(TypedDict):
    """A page of present staff by name."""

    items: list[StaffCard]
    next: str | None


# ---- by a link


@request("identity", reply=AskedForLink, action="write")
class AskForLink:
    """Have a link sent to the account's mail address, or by text where there is none.

    The same answer after the same work for any login. Refusal: TooManyTries, by login and address.
    """

    login: str = text(longest=254, shortest=1)
    address: str = text(longest=64, default="")


@request("identity", reply=OpenedLink)
class OpenLink:
    """Whether a link is still good; it changes nothing. Refusal: RecoveryEnded."""

    link: str = text(longest=100, shortest=1)


# ---- by a code from the practice


@request("identity", reply=OpenedCode, action="write")
class OpenRecoveryCode:
    """Prove who one is by login, code and, of a patient, the birth date.

    One refusal for all that is wrong, after the same work: RefusedRecovery. At the fifth wrong try
    the code ends. Also TooManyTries, by ``address``.
    """

    login: str = text(longest=254, shortest=1)
    code: str = text(longest=40, shortest=1)
    birth_date: date | None = None
    address: str = text(longest=64, default="")


# ---- by either


@request("identity", reply=NewPassword, action="write")
class ChooseNewPassword:
    """Use a recovery up: ``secret`` is the link's token or the claim. All sessions end.

    Refusals: RecoveryEnded, WeakPassword, TooManyTries by ``address``.
    """

    secret: str = text(longest=100, shortest=1)
    password: str = text(longest=1000, shortest=1)
    address: str = text(longest=64, default="")


# ---- at the desk


@request("identity", reply=SignInHelp, category="account")
class ShowSignInHelp:
    """How a patient signs in, for who helps them (staff)."""

    patient_id: UUID | None = None


@request("identity", reply=IssuedRecoveryCode, category="account", action="write")
class IssueRecoveryCode:
    """Make a code for a patient who cannot get in (staff), in place of an open one.

    ``proof`` says how they proved who they are; the ledger keeps it. Refusal: NoAccount.
    """

    patient_id: UUID | None = None
    proof: Proof


@request("identity", reply=RevokedRecoveryCode, category="account", action="write")
class RevokeRecoveryCode:
    """End a patient's open code (staff)."""

    patient_id: UUID | None = None


@request("identity", reply=SignInHelp)
class ShowStaffSignInHelp:
    """How a member of staff signs in, for who helps them. Refusals: NotAllowed, NotFound."""

    staff_id: UUID


@request("identity", reply=IssuedRecoveryCode, category="account", action="write")
class IssueStaffRecoveryCode:
    """The same for a member of staff; nobody for themselves. Refusals: NotAllowed, NotFound."""

    staff_id: UUID
    proof: Proof


@request("identity", reply=RevokedRecoveryCode, category="account", action="write")
class RevokeStaffRecoveryCode:
    """End the open code of a member of staff. Refusals: NotAllowed, NotFound."""

    staff_id: UUID


@request("identity", reply=StaffPage)
class PageOfStaff:
    """Present staff by name, a page at a time, for who administers the practice."""

    cursor: str | None = text(longest=400, default=None)
    limit: int = between(1, 100, default=30)
