"""Proving a second factor: every try is counted before it is checked, and each code works once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_kit.database import Transaction
from portico_kit.sealing import TransitBox

from .. import domain
from ..adapters import authenticator, passwords
from ..store import people, second_factors, tries

R = TypeVar("R")
Check = Callable[[Transaction], bool]


def aside(call: Any) -> AbstractContextManager[Transaction]:
    """A transaction for counting: it leaves no audit row, which says that something was done."""
    opened: AbstractContextManager[Transaction] = call.store.transaction(
        actor=call.actor, now=call.now
    )
    return opened


def prove(
    call: Any,
    known: Row[Any],
    *,
    check: Check,
    then: Callable[[Transaction], R],
    address: str = "",
) -> R:
    """Do ``then`` in the transaction in which ``check`` held. Raises TooManyTries, WrongCode."""
    counted = _count(call, known.account_id, what="factor")
    try:
        with call.transaction() as tx:
            if not check(tx):
                raise contract.WrongCode
            tries.clear(tx, known.account_id, "factor", "texts")
            return then(tx)
    except contract.WrongCode:
        _failed(call, known, counted, address=address)
        raise


def check_password(call: Any, password: str) -> Row[Any]:
    """The caller's account, once its password was given. Raises TooManyTries, WrongPassword."""
    # Apart from the codes: a right password must not give a guesser of codes new tries.
    counted = _count(call, call.actor.account_id, what="password")
    with aside(call) as tx:
        known = people.account_of(tx, call.actor.account_id)
    # Outside any transaction: hashing takes its time and must not hold a connection.
    if not passwords.password_is_right(known.password_hash, domain.password_typed(password)):
        _refuse_password(call, known, counted)
    with aside(call) as tx:
        tries.clear(tx, known.account_id, "password")
    return known


def holds(tx: Transaction, account_id: UUID, *, way: contract.Way, code: str) -> bool:
    """Whether this code proves a second factor that is on; it does so once only."""
    if way == "app":
        return _app_holds(tx, account_id, code, on=True)
    if way == "recovery":
        return second_factors.use_recovery_code(tx, account_id, code, now=tx.now)
    return "text" in second_factors.confirmed(tx, account_id) and _text_holds(tx, account_id, code)


def confirms(tx: Transaction, account_id: UUID, *, factor: contract.Factor, code: str) -> bool:
    """Whether this code finishes the set-up that is under way. Raises NothingToConfirm."""
    if second_factors.locked(tx, account_id, factor, on=False) is None:
        raise contract.NothingToConfirm
    if factor == "app":
        return _app_holds(tx, account_id, code, on=False)
    return _text_holds(tx, account_id, code)


def send_text(tx: Transaction, known: Row[Any]) -> dict[str, Any]:
    """Send a fresh code to the account's number. Raises NowhereToText, TooManyTries."""
    if known.mobile is None:
        raise contract.NowhereToText
    counted = tries.count_of_account(tx, known.account_id, "texts", now=tx.now)
    if counted.wait:
        raise contract.TooManyTries(seconds=counted.wait)
    code, until = domain.new_digits(), tx.now + domain.TEXT_CODE_LASTS
    second_factors.keep_text_code(tx, known.account_id, code, until=until)
    tx.announce(
        contract.SignInCodeIssued(
            person_id=known.person_id,
            person=known.kind,
            expires_at=until,
            sealed_code=TransitBox(tx.config.transit_key).seal(code, about=known.person_id),
        )
    )
    return {"mobile_hint": domain.mobile_hint(known.mobile), "until": until}


def _app_holds(tx: Transaction, account_id: UUID, code: str, *, on: bool) -> bool:
    row: Any = second_factors.locked(tx, account_id, "app", on=on)
    if row is None:
        return False
    step = authenticator.matching_step(
        tx.unseal(account_id, row.sealed_key),
        domain.digits_typed(code),
        steps=domain.steps_around(domain.step_of(tx.now.timestamp()), after=row.last_step),
    )
    if step is None:
        return False
    second_factors.used(tx, account_id, step=step)
    return True


def _text_holds(tx: Transaction, account_id: UUID, code: str) -> bool:
    return second_factors.use_text_code(tx, account_id, code, now=tx.now)


def _count(call: Any, account_id: UUID, *, what: str) -> tries.Try:
    with aside(call) as tx:
        counted = tries.count_of_account(tx, account_id, what, now=tx.now)
    if counted.wait:
        raise contract.TooManyTries(seconds=counted.wait)
    return counted


def _failed(call: Any, known: Row[Any], counted: tries.Try, *, address: str = "") -> None:
    with aside(call) as tx:
        tries.count_address(tx, address, now=tx.now)
        if counted.failures >= domain.TRIES_PER_LOGIN:
            second_factors.forget_text_code(tx, known.account_id)
        if counted.failures == domain.TRIES_PER_LOGIN:
            announce_lock(tx, known, counted)


def _refuse_password(call: Any, known: Row[Any], counted: tries.Try) -> NoReturn:
    _failed(call, known, counted)
    raise contract.WrongPassword


def announce_lock(tx: Transaction, known: Row[Any], counted: tries.Try) -> None:
    """Warn the owner of an account that somebody tried too often."""
    tx.announce(
        contract.AccountLocked(
            account_id=known.account_id,
            patient_id=known.person_id if known.kind == "patient" else None,
            until=counted.held_until,
        )
    )
