"""Second factors: the app's key is sealed, every code is kept as a keyed hash only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_kit.database import Transaction

from .. import domain
from .tables import recovery_code, second_factor, text_code


def confirmed(tx: Transaction, account_id: UUID) -> dict[str, datetime]:
    """Since when each kind is on; those being set up are left out."""
    on = select(second_factor.c.kind, second_factor.c.confirmed_at).where(
        second_factor.c.account_id == account_id, second_factor.c.confirmed_at.is_not(None)
    )
    return {row.kind: row.confirmed_at for row in tx.execute(on)}


def start(
    tx: Transaction, account_id: UUID, kind: str, *, sealed_key: bytes | None, now: datetime
) -> None:
    """Begin a set-up in place of an unfinished one."""
    values = {"sealed_key": sealed_key, "last_step": 0, "started_at": now}
    made = upsert(second_factor).values(account_id=account_id, kind=kind, **values)
    keys = [second_factor.c.account_id, second_factor.c.kind]
    unfinished = second_factor.c.confirmed_at.is_(None)
    tx.execute(made.on_conflict_do_update(index_elements=keys, set_=values, where=unfinished))


def locked(tx: Transaction, account_id: UUID, kind: str, *, on: bool) -> Row[object] | None:
    """A factor that is on, or one whose set-up is under way, held until the transaction ends."""
    state = second_factor.c.confirmed_at.is_not(None) if on else second_factor.c.confirmed_at.is_(
        None
    )  # fmt: skip
    found = select(second_factor).where(_kind(account_id, kind), state).with_for_update()
    return tx.execute(found).one_or_none()


def used(tx: Transaction, account_id: UUID, *, step: int) -> None:
    """Note the app's last used step: neither it nor an earlier one is accepted again."""
    here = _kind(account_id, "app")
    tx.execute(update(second_factor).where(here).values(last_step=step))


def turn_on(tx: Transaction, account_id: UUID, kind: str, *, now: datetime) -> None:
    """Finish a set-up."""
    here = _kind(account_id, kind)
    tx.execute(update(second_factor).where(here).values(confirmed_at=now))


def remove(tx: Transaction, account_id: UUID, kind: str) -> None:
    """Turn a factor off; its key is gone."""
    tx.execute(delete(second_factor).where(_kind(account_id, kind)))


def remove_all(tx: Transaction, account_id: UUID) -> None:
    """Turn every factor off, set up or not; recovery codes and codes by text go with them."""
    for table in (second_factor, recovery_code, text_code):
        tx.execute(delete(table).where(table.c.account_id == account_id))


# ---- recovery codes


def keep_recovery_codes(tx: Transaction, account_id: UUID, codes: Iterable[str]) -> None:
    """These in place of all before."""
    tx.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
    rows = [{"account_id": account_id, "code_hash": _recovery(tx, account_id, c)} for c in codes]
    if rows:
        tx.execute(insert(recovery_code), rows)


def use_recovery_code(tx: Transaction, account_id: UUID, code: str, *, now: datetime) -> bool:
    """Use a code up; whether it was one that was left."""
    mine = recovery_code.c.code_hash == _recovery(tx, account_id, code)
    found = update(recovery_code).where(_left(account_id), mine).values(used_at=now)
    return tx.execute(found).rowcount == 1


def recovery_codes_left(tx: Transaction, account_id: UUID) -> int:
    """How many can still be used."""
    return tx.execute(select(func.count()).where(_left(account_id))).scalar_one()


# ---- codes by text


def keep_text_code(tx: Transaction, account_id: UUID, code: str, *, until: datetime) -> None:
    """This one in place of the one before."""
    values = {"code_hash": _texted(tx, account_id, code), "expires_at": until}
    made = upsert(text_code).values(account_id=account_id, **values)
    tx.execute(made.on_conflict_do_update(index_elements=[text_code.c.account_id], set_=values))


def use_text_code(tx: Transaction, account_id: UUID, code: str, *, now: datetime) -> bool:
    """Use the code up; whether it was the one, in time."""
    one = delete(text_code).where(
        text_code.c.account_id == account_id,
        text_code.c.code_hash == _texted(tx, account_id, code),
        text_code.c.expires_at > now,
    )
    return tx.execute(one).rowcount == 1


def forget_text_code(tx: Transaction, account_id: UUID) -> None:
    """After too many tries no code that is under way opens anything."""
    tx.execute(delete(text_code).where(text_code.c.account_id == account_id))


def _kind(account_id: UUID, kind: str) -> ColumnElement[bool]:
    return (second_factor.c.account_id == account_id) & (second_factor.c.kind == kind)


def _left(account_id: UUID) -> ColumnElement[bool]:
    return (recovery_code.c.account_id == account_id) & recovery_code.c.used_at.is_(None)


def _recovery(tx: Transaction, account_id: UUID, code: str) -> bytes:
    typed = domain.code_typed(code)
    return domain.keyed(tx.config.pepper, "recovery code", f"{account_id} {typed}")


def _texted(tx: Transaction, account_id: UUID, code: str) -> bytes:
    typed = domain.digits_typed(code)
    return domain.keyed(tx.config.pepper, "text code", f"{account_id} {typed}")
