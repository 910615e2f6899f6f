"""How people sign in, for who helps them back in; and the colleagues whom one may help."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_

from portico_contracts import identity as contract
from portico_contracts.refusal import BadRequest, NotFound
from portico_kit.database import Transaction

from .. import domain
from ..store import people, recoveries, second_factors, tries
from ..store.tables import account, person, second_factor, staff
from .people import STAFF_CARD, staff_names

NOTHING: dict[str, Any] = {
    "has_account": False,
    "name": "",
    "logins": [],
    "last_sign_in_at": None,
    "app_since": None,
    "app_used_at": None,
    "text_since": None,
    "recovery_codes_left": 0,
    "code": None,
}


def show_sign_in_help(tx: Transaction) -> dict[str, Any]:
    """How the patient whom the call is about signs in."""
    known = people.account_of_person(tx, tx.patient_id)
    return _shown(tx, known) if known is not None and known.kind == "patient" else NOTHING


def show_staff_sign_in_help(tx: Transaction, staff_id: UUID) -> dict[str, Any]:
    """How a member of staff signs in. Raises NotFound."""
    known = people.active_account(tx, staff_id)
    if known is None or known.kind != "staff":
        raise NotFound
    return _shown(tx, known)


def _shown(tx: Transaction, known: Row[Any]) -> dict[str, Any]:
    on = second_factors.confirmed(tx, known.account_id)
    return {
        "has_account": True,
        "name": _name(tx, known.account_id),
        "logins": people.logins_of(tx, known.account_id),
        "last_sign_in_at": tx.execute(
            select(account.c.last_sign_in_at).where(account.c.id == known.account_id)
        ).scalar_one(),
        "app_since": on.get("app"),
        "app_used_at": _app_used_at(tx, known.account_id) if "app" in on else None,
        "text_since": on.get("text"),
        "recovery_codes_left": second_factors.recovery_codes_left(tx, known.account_id),
        "code": _code(tx, known.account_id),
    }


def _name(tx: Transaction, account_id: UUID) -> str:
    named = select(person.c.first_name, person.c.last_name).join(account)
    row = tx.execute(named.where(account.c.id == account_id)).one()
    return f"{row.first_name} {row.last_name}"


def _app_used_at(tx: Transaction, account_id: UUID) -> datetime | None:
    """The moment of the last code that was taken: all that is kept of it is its step."""
    mine = (second_factor.c.account_id == account_id) & (second_factor.c.kind == "app")
    step = tx.execute(select(second_factor.c.last_step).where(mine)).scalar_one()
    return datetime.fromtimestamp(step * domain.STEP_SECONDS, UTC) if step else None


def _code(tx: Transaction, account_id: UUID) -> dict[str, Any] | None:
    row = recoveries.open_code(tx, account_id)
    if row is None or row.expires_at <= tx.now:
        return None
    failures = tries.failures_of(tx, account_id, "codes")
    return {
        "issued_at": row.issued_at,
        "issued_by": staff_names(tx, [row.issued_by]).get(row.issued_by, ""),
        "proof": row.proof,
        "expires_at": row.expires_at,
        "tries_left": max(0, domain.CODE_TRIES - failures),
    }


def page_of_staff(tx: Transaction, request: contract.PageOfStaff) -> dict[str, Any]:
    """Present staff by name, a page at a time. Raises BadRequest for a cursor that is none."""
    key = (person.c.last_name, person.c.first_name, staff.c.account_id)
    present = STAFF_CARD.where(staff.c.left_at.is_(None)).order_by(*key).limit(request.limit + 1)
    if request.cursor:
        present = present.where(tuple_(*key) > tuple_(*_cursor(request.cursor)))
    rows = [dict(row) for row in tx.execute(present).mappings()]
    shown = rows[: request.limit]
    more = len(rows) > request.limit
    return {"items": shown, "next": _as_cursor(shown[-1]) if more else None}


def _as_cursor(row: dict[str, Any]) -> str:
    place = [row["last_name"], row["first_name"], str(row["staff_id"])]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _cursor(text: str) -> tuple[str, str, UUID]:
    try:
        last, first, staff_id = json.loads(base64.urlsafe_b64decode(text.encode()))
        return _plain(last), _plain(first), UUID(staff_id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise BadRequest(fields={"cursor": ["Not a cursor of ours."]}) from None


def _plain(name: object) -> str:
    if not isinstance(name, str) or "\0" in name or not name.isprintable():
        raise ValueError(name)
    return name
