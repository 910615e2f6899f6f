"""Signing in, acting, and signing out."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from ..rpc import request, text
from .kinds import Kind, Language


class Session(TypedDict):
    """A fresh session. ``session`` is its secret, for the cookie and ``OpenToken``."""

    session: str
    session_id: UUID
    kind: Kind
    account_id: UUID
    ends_at: datetime
    idle_minutes: int


class ActorView(TypedDict):
    """Who acts, and whose record it is (None for staff)."""

    kind: Kind
    account_id: UUID
    patient_id: UUID | None
    roles: list[str]
    session_id: UUID


class Person(TypedDict):
    """How pages address the signed-in person."""

    first_name: str
    last_name: str
    language: Language


class OpenedToken(TypedDict):
    """A signed access token and what every page shows.

    ``expires_at`` ends the token, ``idle_ends_at`` the session unless something is done before,
    ``ends_at`` the session whatever is done. ``record_of`` names the person whose record it is.
    """

    token: str
    expires_at: datetime
    actor: ActorView
    person: Person
    record_of: Person | None
    idle_minutes: int
    idle_ends_at: datetime
    ends_at: datetime


class SessionEnds(TypedDict):
    """When a session ends: by itself after quiet, and at the latest."""

    idle_ends_at: datetime
    ends_at: datetime


class SessionCard(TypedDict):
    """A signed-in device, for the list of devices."""

    session_id: UUID
    device: str
    started_at: datetime
    last_seen_at: datetime
    this_one: bool


class SessionList(TypedDict):
    """The account's open sessions, the newest first."""

    items: list[SessionCard]


class EndedSessions(TypedDict):
    """How many sessions were ended."""

    ended: int


@request("identity", reply=Session, action="write")
class AcceptInvitation:
    """Make the account: ``login`` is an e-mail address or mobile number.

    Refusals: ClaimEnded, RefusedLogin, WeakPassword.
    """

    claim: str = text(longest=100, shortest=1)
    login: str = text(longest=254, shortest=1)
    password: str = text(longest=1000, shortest=1)
    address: str = text(longest=64, default="")
    device: str = text(longest=300, default="")


@request("identity", reply=Session, action="write")
class SignIn:
    """Sign in by password. Refusals: RefusedSignIn, SecondFactorNeeded, TooManyTries."""

    login: str = text(longest=254, shortest=1)
    password: str = text(longest=1000, shortest=1)
    address: str = text(longest=64, default="")
    device: str = text(longest=300, default="")


@request("identity", reply=OpenedToken)
class OpenToken:
    """A short access token for a session, to act for ``who`` (``me``, or a family access).

    ``active`` is False for what the person did not do (live streams, polling, autosave): such
    calls do not keep a session alive. Refusals: SignInNeeded, NotFound for an unknown ``who``.
    """

    session: str = text(longest=100, shortest=1)
    who: str = text(longest=60, default="me")
    active: bool = True


@request("identity", reply=SessionEnds, action="write")
class ExtendSession:
    """Stay signed in: start the idle time anew. Refusal: SignInNeeded."""

    session: str = text(longest=100, shortest=1)


@request("identity", reply=EndedSessions, action="write")
class SignOut:
    """End the session of this secret; one that has ended already is no error."""

    session: str = text(longest=100, shortest=1)


@request("identity", reply=SessionList)
class ListSessions:
    """The devices on which the caller is signed in."""


@request("identity", reply=EndedSessions, action="write")
class ChangePassword:
    """Choose another password; all the caller's other sessions end, and so does any way back in.

    Refusals: WrongPassword, WeakPassword, TooManyTries.
    """

    password: str = text(longest=1000, shortest=1)
    new_password: str = text(longest=1000, shortest=1)


@request("identity", reply=EndedSessions, action="write")
class EndSession:
    """Sign a device of one's own out: one session, or all but this one when none is named."""

    session_id: UUID | None = None
