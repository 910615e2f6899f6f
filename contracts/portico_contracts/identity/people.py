"""Accounts and staff, as pages show them."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from ..rpc import request
from .kinds import Kind, Language, Role
from .sessions import Person


class Account(TypedDict):
    """The caller's own account."""

    account_id: UUID
    kind: Kind
    first_name: str
    last_name: str
    language: Language
    email: str | None
    mobile: str | None
    logins: list[str]
    roles: list[str]
    password_changed_at: datetime


class StaffCard(TypedDict):
    """A staff member as others see them. ``title`` is free (``Dr.``, ``RN``), may be empty."""

    staff_id: UUID
    first_name: str
    last_name: str
    title: str
    roles: list[str]


class StaffCardList(TypedDict):
    """Staff cards; ids that nobody holds are left out."""

    items: list[StaffCard]


@request("identity", reply=Account)
class ShowAccount:
    """The caller's own account and contact details."""


@request("identity", reply=Person, action="write")
class ChangeLanguage:
    """Choose the language of pages, mail and texts."""

    language: Language


@request("identity", reply=StaffCardList)
class StaffCards:
    """Names and roles for staff ids, for patients and staff alike; past staff included."""

    ids: tuple[UUID, ...]


@request("identity", reply=StaffCardList)
class ListStaff:
    """Present staff by name, for assignment (staff); ``role`` narrows it."""

    role: Role | None = None
