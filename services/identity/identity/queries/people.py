"""Accounts, staff, sessions and invitations, as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from portico_kit.database import Transaction

from .. import domain
from ..store import people, second_factors
from ..store.tables import (
    account,
    invitation,
    login,
    person,
    session,
    staff,
)


def show_account(tx: Transaction) -> dict[str, Any]:
    """The caller's own account."""
    row = tx.execute(_ACCOUNT.where(account.c.id == tx.actor.account_id)).mappings().one()
    mine = select(login.c.value).where(login.c.account_id == tx.actor.account_id)
    logins = tx.execute(mine.order_by(login.c.value)).scalars().all()
    return {**row, "logins": list(logins), "roles": row["roles"] or []}


_ACCOUNT = select(
    account.c.id.label("account_id"),
    account.c.kind,
    person.c.first_name,
    person.c.last_name,
    person.c.language,
    person.c.email,
    person.c.mobile,
    staff.c.roles,
    account.c.password_changed_at,
).select_from(account.join(person).outerjoin(staff))


def show_second_factors(tx: Transaction) -> dict[str, Any]:
    """The caller's second factors."""
    mine = people.account_of(tx, tx.actor.account_id)
    on = second_factors.confirmed(tx, mine.account_id)
    return {
        "app_since": on.get("app"),
        "text_since": on.get("text"),
        "mobile_hint": domain.mobile_hint(mine.mobile),
        "recovery_codes_left": second_factors.recovery_codes_left(tx, mine.account_id),
        "required": domain.second_factor_is_required(
            kind=mine.kind, staff=tx.config.staff_second_factor
        ),
    }


def list_sessions(tx: Transaction, *, now: datetime) -> dict[str, Any]:
    """The caller's running sessions, the newest first."""
    running = (
        select(session)
        .where(session.c.account_id == tx.actor.account_id, session.c.ended_at.is_(None))
        .order_by(session.c.started_at.desc())
    )
    return {"items": [_card(row, tx) for row in tx.execute(running) if _runs(row, now)]}


def _runs(row: Any, now: datetime) -> bool:
    idle = {"kind": row.kind, "last_seen_at": row.last_seen_at, "ends_at": row.ends_at}
    return domain.session_ends(**idle) > now


def _card(row: Any, tx: Transaction) -> dict[str, Any]:
    return {
        "session_id": row.id,
        "device": row.device,
        "started_at": row.started_at,
        "last_seen_at": row.last_seen_at,
        "this_one": row.id == tx.actor.session_id,
    }


def staff_cards(tx: Transaction, ids: Iterable[UUID]) -> dict[str, Any]:
    """Names and roles of staff, past ones included; unknown ids are left out."""
    return {"items": _cards(tx, STAFF_CARD.where(staff.c.account_id.in_(list(ids))))}


def list_staff(tx: Transaction, *, role: str | None) -> dict[str, Any]:
    """Present staff by name; with a role, only those who have it."""
    present = STAFF_CARD.where(staff.c.left_at.is_(None))
    return {"items": _cards(tx, present.where(staff.c.roles.contains([role])) if role else present)}


def _cards(tx: Transaction, which: Select[Any]) -> list[dict[str, Any]]:
    ordered = which.order_by(person.c.last_name, person.c.first_name, staff.c.account_id)
    return [dict(row) for row in tx.execute(ordered).mappings()]


STAFF_CARD = select(
    staff.c.account_id.label("staff_id"),
    person.c.first_name,
    person.c.last_name,
    staff.c.title,
    staff.c.roles,
).select_from(staff.join(account).join(person))


def show_enrolment(tx: Transaction) -> dict[str, Any]:
    """How far the patient whom the call is about has come."""
    found = select(account.c.created_at, account.c.last_sign_in_at)
    row = tx.execute(found.where(account.c.person_id == tx.patient_id)).one_or_none()
    return {
        "has_account": row is not None,
        "enrolled_at": row.created_at if row else None,
        "last_sign_in_at": row.last_sign_in_at if row else None,
        "invitation": _newest_invitation(tx),
    }


def _newest_invitation(tx: Transaction) -> dict[str, Any] | None:
    newest = (
        select(
            invitation.c.id.label("invitation_id"),
            invitation.c.state,
            invitation.c.issued_at,
            func.concat_ws(" ", person.c.first_name, person.c.last_name).label("issued_by"),
            invitation.c.expires_at,
            invitation.c.channels,
        )
        .select_from(
            invitation.outerjoin(account, account.c.id == invitation.c.issued_by).outerjoin(
                person, person.c.id == account.c.person_id
            )
        )
        .where(invitation.c.patient_id == tx.patient_id)
        .order_by(invitation.c.issued_at.desc(), invitation.c.id.desc())
        .limit(1)
    )
    row = tx.execute(newest).mappings().one_or_none()
    return dict(row) if row else None


def staff_names(tx: Transaction, staff_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """First and last names by account id; unknown ids are left out."""
    found = staff_cards(tx, [each for each in staff_ids if each])["items"]
    return {card["staff_id"]: f"{card['first_name']} {card['last_name']}" for card in found}
