"""Ways back in: links and codes are kept as hashes only, the logins that ask for links sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from portico_kit.database import Transaction
from portico_kit.ids import new_id
from portico_kit.sealing import SealBroken, TransitBox

from .. import domain
from .tables import account, link_wish, person, recovery

MOST_WISHES = 100
MOST_FORGOTTEN = 5000
NOBODY = UUID(int=0)


def wish(tx: Transaction, login: str, *, now: datetime) -> None:
    """Note that a link is wanted for a login, known or not."""
    wish_id = new_id()
    sealed = TransitBox(tx.config.transit_key).seal(login, about=wish_id)
    tx.execute(insert(link_wish).values(id=wish_id, sealed_login=sealed, asked_at=now))


def take_wishes(tx: Transaction, *, now: datetime) -> list[str]:
    """The logins that links are wanted for, the oldest first; they are gone from here.

    Left out is what was asked for so long ago (before a restore, or while nobody looked) that a
    link would have ended by now.
    """
    oldest = select(link_wish.c.id).order_by(link_wish.c.id).limit(MOST_WISHES)
    taken = delete(link_wish).where(link_wish.c.id.in_(oldest.with_for_update(skip_locked=True)))
    rows = sorted(tx.execute(taken.returning(link_wish)).all(), key=lambda row: row.id)
    logins = (_unsealed(tx, row) for row in rows if row.asked_at > now - domain.LINK_LASTS)
    return [login for login in logins if login]


def _unsealed(tx: Transaction, row: Row[Any]) -> str | None:
    """None where the key was changed meanwhile: one wish must not hold up all others."""
    try:
        return TransitBox(tx.config.transit_key).unseal(row.sealed_login, about=row.id)
    except SealBroken:
        return None


def keep_link(tx: Transaction, account_id: UUID, token: str, *, now: datetime) -> datetime:
    """Store a fresh link in place of an open one; until when it is good."""
    return _keep_token(tx, account_id, token, way="link", until=now + domain.LINK_LASTS, now=now)


def keep_joining_link(
    tx: Transaction, account_id: UUID, token: str, *, issued_by: UUID | None, now: datetime
) -> datetime:
    """Store a fresh link for who is new here in place of an open one; until when it is good."""
    until = now + domain.JOINING_LASTS
    return _keep_token(
        tx, account_id, token, way="joining", until=until, now=now, issued_by=issued_by
    )


def joining_until(tx: Transaction, account_id: UUID, *, now: datetime) -> datetime | None:
    """Until when an account's joining link is good; None where there is none."""
    mine = (recovery.c.account_id == account_id) & (recovery.c.way == "joining")
    good = (recovery.c.state == "open") & (recovery.c.secret_until > now)
    return tx.execute(select(recovery.c.secret_until).where(mine, good)).scalar_one_or_none()


def _keep_token(
    tx: Transaction,
    account_id: UUID,
    token: str,
    *,
    way: domain.RecoveryWay,
    until: datetime,
    now: datetime,
    issued_by: UUID | None = None,
) -> datetime:
    secret = {"secret_hash": domain.digest(token), "secret_until": until, "issued_by": issued_by}
    _keep(tx, account_id, way, **secret, issued_at=now, expires_at=until)
    return until


def keep_code(
    tx: Transaction,
    account_id: UUID,
    code: str,
    *,
    proof: str,
    issued_by: UUID | None,
    now: datetime,
) -> datetime:
    """Store a fresh code in place of an open one; until when it is good."""
    until = now + domain.RECOVERY_CODE_LASTS
    why = {"proof": proof, "issued_by": issued_by}
    hashed = code_hash(tx, account_id, code)
    _keep(tx, account_id, "code", code_hash=hashed, **why, issued_at=now, expires_at=until)
    return until


def _keep(tx: Transaction, account_id: UUID, way: domain.RecoveryWay, **values: Any) -> None:
    close_open(tx, account_id, way=way, state="replaced", now=values["issued_at"])
    made = {"id": new_id(), "account_id": account_id, "way": way, "state": "open"}
    tx.execute(insert(recovery).values(**made, **values))


def close_open(
    tx: Transaction,
    account_id: UUID,
    *,
    state: str,
    now: datetime,
    way: domain.RecoveryWay | None = None,
) -> int:
    """End what is open for an account, of one way or of both; how many."""
    mine = update(recovery).where(recovery.c.account_id == account_id, recovery.c.state == "open")
    if way is not None:
        mine = mine.where(recovery.c.way == way)
    return tx.execute(mine.values(state=state, closed_at=now)).rowcount


def open_code(tx: Transaction, account_id: UUID | None) -> Row[Any] | None:
    """An account's open code: id, code_hash, proof, issue, and its person's kind and birth date."""
    mine = _CODE.where(recovery.c.account_id == (account_id or NOBODY))
    return tx.execute(mine).one_or_none()


def code_hash(tx: Transaction, account_id: UUID | None, code: str) -> bytes:
    """How a code of an account is kept; the same work where there is none."""
    typed = f"{account_id or NOBODY} {domain.code_typed(code)}"
    return domain.keyed(tx.config.pepper, "recovery", typed)


def claim(tx: Transaction, recovery_id: UUID, secret: str, *, until: datetime) -> None:
    """Note what may be shown for a code that was proven."""
    here = update(recovery).where(recovery.c.id == recovery_id, recovery.c.state == "open")
    tx.execute(here.values(secret_hash=domain.digest(secret), secret_until=until))


def behind(tx: Transaction, secret: str, *, now: datetime) -> Row[Any] | None:
    """What a link's token or a claim is good for: id, way and account."""
    good = select(recovery.c.id, recovery.c.way, recovery.c.account_id, recovery.c.secret_until)
    here = good.where(*_good(secret, now))
    return tx.execute(here).one_or_none()


def use(tx: Transaction, secret: str, *, now: datetime) -> bool:
    """Use a way up; False where it is no longer good."""
    used = update(recovery).where(*_good(secret, now)).values(state="used", closed_at=now)
    return tx.execute(used).rowcount == 1


def _good(secret: str, now: datetime) -> tuple[Any, ...]:
    return (
        recovery.c.secret_hash == domain.digest(secret),
        recovery.c.state == "open",
        recovery.c.secret_until > now,
    )


def expire(tx: Transaction, *, now: datetime) -> None:
    """End what nobody used in time, and drop what ended long ago."""
    over = (recovery.c.state == "open") & (recovery.c.expires_at <= now)
    tx.execute(update(recovery).where(over).values(state="expired", closed_at=now))
    closed = recovery.c.closed_at < now - domain.RECOVERIES_KEPT
    old = select(recovery.c.id).where(closed).limit(MOST_FORGOTTEN)
    tx.execute(delete(recovery).where(recovery.c.id.in_(old)))


_CODE = (
    select(
        recovery.c.id,
        recovery.c.code_hash,
        recovery.c.proof,
        recovery.c.issued_by,
        recovery.c.issued_at,
        recovery.c.expires_at,
        account.c.kind,
        person.c.birth_date,
    )
    .select_from(recovery.join(account).join(person, person.c.id == account.c.person_id))
    .where(recovery.c.way == "code", recovery.c.state == "open")
)
