"""Failed tries by login, by address and by account (at its second factor).

A try at a login is counted before it is checked, so that tries made at the same moment cannot
share one count; success clears it. An address counts failures only, and they wear off: many people
may share one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_kit.database import Transaction

from .. import domain
from .tables import tries

WAIT = {
    "login": domain.wait_for_login,
    "address": domain.wait_for_address,
    "factor": domain.wait_for_login,
    "password": domain.wait_for_login,
    "texts": domain.wait_for_text,
    "links": domain.wait_for_link,
    "codes": domain.no_wait,
}


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try. ``wait`` is None, or the seconds until a try is looked at again."""

    wait: int | None
    failures: int = 0
    held_until: datetime | None = None


def address_held(tx: Transaction, address: str, *, now: datetime) -> int | None:
    """Seconds for which nothing from this address is looked at; None where it is free."""
    here = _here("address", domain.keyed(tx.config.pepper, "address", address))
    until = tx.execute(select(tries.c.held_until).where(here)).scalar_one_or_none()
    return _seconds(until, now)


def count_address(tx: Transaction, address: str, *, now: datetime) -> None:
    """Count a failure against an address, where one is known."""
    if address:
        _count(tx, "address", address, now=now)


def count_login(tx: Transaction, login: str, *, now: datetime, what: str = "login") -> Try:
    """Count a try at a login, known or not; while it is held, tries are not counted.

    ``what`` is ``login`` for passwords, ``links`` for links that were asked for.
    """
    return _count(tx, what, login, now=now)


def clear_login(tx: Transaction, login: str, *, what: str = "login") -> None:
    """Let a login start anew after a success."""
    here = _here(what, domain.keyed(tx.config.pepper, what, login))
    tx.execute(delete(tries).where(here))


def count_code(tx: Transaction, account_id: UUID | None, login: str, *, now: datetime) -> Try:
    """Count a try at the code of an account; at a login that nobody has, with the same work."""
    return _count(tx, "codes", str(account_id or login), now=now)


def failures_of(tx: Transaction, account_id: UUID, what: str) -> int:
    """How many tries stand against an account."""
    here = _here(what, domain.keyed(tx.config.pepper, what, str(account_id)))
    return tx.execute(select(tries.c.failures).where(here)).scalar_one_or_none() or 0


def count_of_account(tx: Transaction, account_id: UUID, what: str, *, now: datetime) -> Try:
    """Count a try of ``factor`` or ``password``, or one of the ``texts`` that go out, before it.

    ``wait`` says where it is too soon for another.
    """
    return _count(tx, what, str(account_id), now=now)


def clear(tx: Transaction, account_id: UUID, *whats: str) -> None:
    """Let an account start anew after a success."""
    for what in whats:
        key = domain.keyed(tx.config.pepper, what, str(account_id))
        tx.execute(delete(tries).where(_here(what, key)))


def forget_old(tx: Transaction, *, now: datetime) -> None:
    """Drop counts that have been quiet for long."""
    for scope, after in domain.TRIES_FORGOTTEN_AFTER.items():
        tx.execute(delete(tries).where(tries.c.scope == scope, tries.c.last_at < now - after))


def _count(tx: Transaction, scope: str, value: str, *, now: datetime) -> Try:
    key = domain.keyed(tx.config.pepper, scope, value)
    fresh = upsert(tries).values(scope=scope, key=key, failures=0, last_at=now)
    tx.execute(fresh.on_conflict_do_nothing())
    here = _here(scope, key)
    row = tx.execute(select(tries).where(here).with_for_update()).one()
    held = _seconds(row.held_until, now)
    if held:
        return Try(wait=held)
    before = row.failures
    if scope == "address":
        before = domain.worn_off(before, quiet=now - row.last_at)
    wait = WAIT[scope](before + 1)
    until = now + wait if wait else None
    values = {"failures": before + 1, "held_until": until, "last_at": now}
    tx.execute(update(tries).where(here).values(values))
    return Try(wait=None, failures=before + 1, held_until=until)


def _here(scope: str, key: bytes) -> ColumnElement[bool]:
    return (tries.c.scope == scope) & (tries.c.key == key)


def _seconds(until: datetime | None, now: datetime) -> int | None:
    return math.ceil((until - now).total_seconds()) if until and until > now else None
