"""Signing in by password: one answer, and the same work, for known and unknown logins.

Where a second step is due the right password starts no session: it is refused with a challenge.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_kit.database import Transaction

from .. import domain
from ..adapters import passwords
from ..store import people, tries
from . import proofs, second_step, sessions


def sign_in(call: Any, request: contract.SignIn) -> dict[str, Any]:
    """Start a session for a login and its password.

    Raises TooManyTries, RefusedSignIn, SecondFactorNeeded.
    """
    login = domain.login_of(request.login)
    password = domain.password_typed(request.password)
    counted, known = _count(call, request, login=login)
    # Outside any transaction, and for unknown logins too, against a dummy.
    right = passwords.password_is_right(known.password_hash if known else None, password)
    if known is None or not right:
        _refuse(call, request, known, counted)
    fresh = passwords.hash_password(password) if passwords.outdated(known.password_hash) else None
    with call.transaction() as tx:
        if people.hold(tx, known.account_id) != known.password_changed_at:
            # It was changed while we looked: what was right a moment ago opens nothing.
            raise contract.RefusedSignIn
        _password_was_right(tx, known, login=login, fresh_hash=fresh)
        asked = second_step.challenge(tx, known, device=request.device, now=tx.now)
        if asked is None:
            return _welcome(tx, request, known, now=tx.now)
    raise contract.SecondFactorNeeded(**asked)


def _count(call: Any, request: contract.SignIn, *, login: str) -> tuple[tries.Try, Row[Any] | None]:
    """Count the try before it is checked, so that simultaneous guesses cannot share one."""
    with call.transaction() as tx:
        held = tries.address_held(tx, request.address, now=tx.now)
        counted = tries.Try(wait=held) if held else tries.count_login(tx, login, now=tx.now)
        known = people.account_behind(tx, login)
    if counted.wait:
        raise contract.TooManyTries(seconds=counted.wait)
    return counted, known


def _refuse(
    call: Any, request: contract.SignIn, known: Row[Any] | None, counted: tries.Try
) -> NoReturn:
    with call.transaction() as tx:
        tries.count_address(tx, request.address, now=tx.now)
        if known is not None and counted.failures == domain.TRIES_PER_LOGIN:
            proofs.announce_lock(tx, known, counted)
    raise contract.RefusedSignIn


def _password_was_right(
    tx: Transaction, known: Row[Any], *, login: str, fresh_hash: str | None
) -> None:
    tries.clear_login(tx, login)
    if fresh_hash:
        people.keep_hash(tx, known.account_id, fresh_hash)


def _welcome(
    tx: Transaction, request: contract.SignIn, known: Row[Any], *, now: datetime
) -> dict[str, Any]:
    return sessions.start(
        tx, account_id=known.account_id, kind=known.kind, device=request.device, now=now
    )


def forget_old_tries(tx: Transaction, *, now: datetime) -> None:
    """Drop counts of failed tries that have been quiet for long."""
    tries.forget_old(tx, now=now)
