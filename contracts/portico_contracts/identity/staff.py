"""Who works at the practice: joining, changing roles, leaving.

A new member of staff has an account at once, and no password: a link that is good once, for a week,
lets them choose one. Who leaves has no account any more; what they wrote keeps their name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from ..rpc import request, text
from .kinds import Language, Role
from .people import StaffCard

LinkChannel = Literal["mail", "text"]


class JoiningLink(TypedDict):
    """A link on its way to a new colleague: how it goes, and until when it is good."""

    staff_id: UUID
    channel: LinkChannel
    expires_at: datetime


class StaffMember(StaffCard):
    """A present member of staff. ``link_until`` is set while a joining link is good."""

    logins: list[str]
    joined_at: datetime
    last_sign_in_at: datetime | None
    link_until: datetime | None


class Left(TypedDict):
    """How many sessions ended with the account."""

    sessions_ended: int


@request("identity", reply=JoiningLink, category="account", action="write")
class AddStaff:
    """Give a new colleague an account, and have a link sent by which they choose a password.

    The link goes by mail, or by text where there is no mail address; both addresses sign in.
    Refusals: NoRole, NoAddress, NowhereToSend, LoginTaken.
    """

    first_name: str = text(longest=100, shortest=1)
    last_name: str = text(longest=100, shortest=1)
    title: str = text(longest=40, default="")
    roles: tuple[Role, ...]
    email: str | None = text(longest=254, default=None)
    mobile: str | None = text(longest=32, default=None)
    language: Language = "en"


@request("identity", reply=StaffMember)
class ShowStaffMember:
    """One who works here, for who administers the practice. Refusal: NotFound."""

    staff_id: UUID


@request("identity", reply=JoiningLink, category="account", action="write")
class SendJoiningLink:
    """Send a fresh link in place of the one before.

    Refusals: NotAllowed for oneself, NotFound, NoAddress, HasSignedIn.
    """

    staff_id: UUID


@request("identity", reply=StaffMember, category="account", action="write")
class ChangeRoles:
    """Give a member of staff these roles in place of those before.

    Their next token carries them: the one before is good for five minutes at most. Refusals:
    NotFound, NoRole, OwnAccount where one would give up one's own administrator role,
    LastAdministrator.
    """

    staff_id: UUID
    roles: tuple[Role, ...]


@request("identity", reply=Left, category="account", action="write")
class LetLeave:
    """Close the account of who leaves: logins are free again, sessions end, others are told.

    Refusals: NotFound, OwnAccount for oneself, LastAdministrator.
    """

    staff_id: UUID
