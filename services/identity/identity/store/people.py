"""People, their accounts and logins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_contracts.identity import ContactDetailsChanged
from portico_kit.database import Transaction

from .tables import account, login, person, staff


def keep_person(
    tx: Transaction,
    *,
    person_id: UUID,
    kind: str,
    first_name: str,
    last_name: str,
    birth_date: date | None,
    email: str | None,
    mobile: str | None,
    language: str,
    zone: str,
    now: datetime,
) -> None:
    """Write what we know of a person, whole, and announce how to reach them."""
    values = {
        "first_name": first_name,
        "last_name": last_name,
        "birth_date": birth_date,
        "email": email,
        "mobile": mobile,
        "language": language,
        "changed_at": now,
    }
    made = upsert(person).values(id=person_id, kind=kind, **values)
    tx.execute(made.on_conflict_do_update(index_elements=[person.c.id], set_=values))
    announce_contact(tx, person_id, zone=zone)


def change_person(
    tx: Transaction, person_id: UUID, *, zone: str, now: datetime, **values: Any
) -> None:
    """Change some of it, and announce how to reach them now."""
    tx.execute(update(person).where(person.c.id == person_id).values(**values, changed_at=now))
    announce_contact(tx, person_id, zone=zone)


def announce_contact(tx: Transaction, person_id: UUID, *, zone: str) -> None:
    """Tell those who write to people how this one is reached."""
    row = tx.execute(select(person).where(person.c.id == person_id)).one()
    tx.announce(
        ContactDetailsChanged(
            person_id=row.id,
            person=row.kind,
            first_name=row.first_name,
            last_name=row.last_name,
            email=row.email,
            mobile=row.mobile,
            language=row.language,
            zone=zone,
        )
    )


def open_account(
    tx: Transaction,
    *,
    account_id: UUID,
    person_id: UUID,
    kind: str,
    password_hash: str,
    logins: Sequence[str],
    now: datetime,
) -> None:
    """Make an account. sqlalchemy.exc.IntegrityError where a login is another's."""
    tx.execute(
        insert(account).values(
            id=account_id,
            person_id=person_id,
            kind=kind,
            password_hash=password_hash,
            password_changed_at=now,
            created_at=now,
        )
    )
    rows = [{"value": value, "account_id": account_id, "since": now} for value in logins]
    if rows:
        tx.execute(insert(login), rows)


_ACTING = (
    select(
        account.c.id.label("account_id"),
        account.c.kind,
        account.c.person_id,
        account.c.password_hash,
        account.c.password_changed_at,
        staff.c.roles,
    )
    .select_from(account.outerjoin(staff))
    .where(account.c.state == "active", staff.c.left_at.is_(None))
)


_REACHED = _ACTING.add_columns(person.c.email, person.c.mobile).join(
    person, person.c.id == account.c.person_id
)


def account_behind(tx: Transaction, value: str) -> Row[Any] | None:
    """The active account with this login: account_id, kind, person_id, password_hash, roles."""
    found = _ACTING.join(login, login.c.account_id == account.c.id).where(login.c.value == value)
    return tx.execute(found).one_or_none()


def active_account(tx: Transaction, account_id: UUID) -> Row[Any] | None:
    """An active account by its id: what ``account_behind`` knows, and email and mobile."""
    return tx.execute(_REACHED.where(account.c.id == account_id)).one_or_none()


def account_of(tx: Transaction, account_id: UUID | None) -> Row[Any]:
    """The same of an account that must be there: its holder is signed in."""
    return tx.execute(_REACHED.where(account.c.id == account_id)).one()


def is_login(tx: Transaction, value: str) -> bool:
    """Whether any account has this login."""
    return tx.execute(select(login.c.value).where(login.c.value == value)).first() is not None


def has_account(tx: Transaction, person_id: UUID) -> bool:
    """Whether this person has an account."""
    found = select(account.c.id).where(account.c.person_id == person_id)
    return tx.execute(found).first() is not None


def signed_in(tx: Transaction, account_id: UUID, *, now: datetime) -> None:
    """Note when an account was last signed in to."""
    tx.execute(update(account).where(account.c.id == account_id).values(last_sign_in_at=now))


def keep_hash(tx: Transaction, account_id: UUID, password_hash: str) -> None:
    """Store the same password under today's costs."""
    changed = update(account).where(account.c.id == account_id)
    tx.execute(changed.values(password_hash=password_hash))


def hold(tx: Transaction, account_id: UUID) -> datetime:
    """Keep others from changing this account until the transaction ends; since when its password is
    what it is.

    Whoever starts a session or changes a password does this first: a session that an old password
    paid for either ends with the others or never starts.
    """
    held = select(account.c.password_changed_at).where(account.c.id == account_id)
    since: datetime = tx.execute(held.with_for_update(key_share=True)).scalar_one()
    return since


def change_password(
    tx: Transaction, account_id: UUID, password_hash: str, *, now: datetime
) -> None:
    """Store a new password."""
    changed = update(account).where(account.c.id == account_id)
    tx.execute(changed.values(password_hash=password_hash, password_changed_at=now))


def logins_of(tx: Transaction, account_id: UUID | None) -> list[str]:
    """What an account signs in with."""
    mine = select(login.c.value).where(login.c.account_id == account_id)
    return list(tx.execute(mine.order_by(login.c.value)).scalars())


def words_about(tx: Transaction, account_id: UUID) -> list[str]:
    """What a password may not be made of: names, addresses and logins."""
    named = select(person.c.first_name, person.c.last_name, person.c.email, person.c.mobile)
    row = tx.execute(named.join(account).where(account.c.id == account_id)).one()
    return [*filter(None, row), *logins_of(tx, account_id)]


def account_of_person(tx: Transaction, person_id: UUID) -> Row[Any] | None:
    """A person's active account: what ``active_account`` knows."""
    return tx.execute(_REACHED.where(account.c.person_id == person_id)).one_or_none()


def change_language(
    tx: Transaction, account_id: UUID | None, *, language: str, zone: str, now: datetime
) -> dict[str, Any]:
    """Change the language of an account's person; their name and language."""
    whose = select(account.c.person_id).where(account.c.id == account_id)
    person_id = tx.execute(whose).scalar_one()
    change_person(tx, person_id, zone=zone, now=now, language=language)
    shown = select(person.c.first_name, person.c.last_name, person.c.language)
    return dict(tx.execute(shown.where(person.c.id == person_id)).mappings().one())
