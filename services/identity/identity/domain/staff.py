"""Who works here: roles, and that the practice never stands without an administrator."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import get_args
from uuid import UUID

from portico_contracts.identity import LastAdministrator, NoRole, OwnAccount, Role

ADMINISTRATOR: Role = "practice_administrator"


def checked_roles(roles: Iterable[Role]) -> list[Role]:
    """Roles in the one order in which we keep them, each once. Raises NoRole."""
    wanted = set(roles)
    if not wanted:
        raise NoRole
    return [role for role in get_args(Role) if role in wanted]


def check_own_role(*, own: bool, roles: Collection[str]) -> None:
    """Nobody gives up their own administrator role. Raises OwnAccount."""
    if own and ADMINISTRATOR not in roles:
        raise OwnAccount


def check_one_stays(administrators: Collection[UUID], *, without: UUID) -> None:
    """Raises LastAdministrator where they would be the last one to go."""
    if without in administrators and len(administrators) == 1:
        raise LastAdministrator
