"""Getting back in: asking for a link, proving a code from the practice, choosing a new password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_kit.database import Transaction
from portico_kit.sealing import TransitBox

from .. import domain
from ..adapters import passwords
from ..adapters.common_passwords import common_passwords
from ..store import people, recoveries, second_factors, tries
from . import proofs, sessions


def ask_for_link(call: Any, request: contract.AskForLink) -> dict[str, Any]:
    """Note that a link is wanted; a timer looks whether anybody has this login.

    So nothing here can tell, by its answer or by its time, whether there is an account.
    Raises TooManyTries.
    """
    login = domain.login_of(request.login)
    with call.transaction() as tx:
        held = tries.address_held(tx, request.address, now=tx.now)
        counted = (
            tries.Try(wait=held) if held else tries.count_login(tx, login, now=tx.now, what="links")
        )
        if not counted.wait:
            # Each counts against the address, or one could have mail sent to everybody.
            tries.count_address(tx, request.address, now=tx.now)
            recoveries.wish(tx, login, now=tx.now)
    if counted.wait:
        raise contract.TooManyTries(seconds=counted.wait)
    return {"minutes": int(domain.LINK_LASTS.total_seconds() // 60)}


def send_links(tx: Transaction, *, now: datetime) -> None:
    """Send a link for each login that one is wanted for and that somebody has."""
    for login in recoveries.take_wishes(tx, now=now):
        found = people.account_behind(tx, login)
        known = people.active_account(tx, found.account_id) if found else None
        if known is not None and (known.email or known.mobile):
            _send_link(tx, known, now=now)


def _send_link(tx: Transaction, known: Row[Any], *, now: datetime) -> None:
    people.hold(tx, known.account_id)
    token = domain.new_secret()
    until = recoveries.keep_link(tx, known.account_id, token, now=now)
    tx.announce(
        contract.RecoveryAsked(
            person_id=known.person_id,
            person=known.kind,
            channel="mail" if known.email else "text",
            expires_at=until,
            sealed_link_token=TransitBox(tx.config.transit_key).seal(token, about=known.person_id),
        )
    )


def open_link(tx: Transaction, request: contract.OpenLink, *, now: datetime) -> dict[str, Any]:
    """Whether a link is still good: scanners of mail open it first. Raises RecoveryEnded."""
    found = recoveries.behind(tx, request.link, now=now)
    logins = people.logins_of(tx, found.account_id) if found else []
    if found is None or found.way == "code" or not logins:
        raise contract.RecoveryEnded
    return {"login": logins[-1], "until": found.secret_until}


def open_recovery_code(call: Any, request: contract.OpenRecoveryCode) -> dict[str, Any]:
    """Prove who one is by a code from the practice. Raises RefusedRecovery, TooManyTries."""
    login = domain.login_of(request.login)
    # Counted before it is checked, so that guesses made at once cannot share a count.
    with proofs.aside(call) as tx:
        held = tries.address_held(tx, request.address, now=tx.now)
        known = people.account_behind(tx, login)
        account_id = known.account_id if known else None
        counted = (
            tries.Try(wait=held) if held else tries.count_code(tx, account_id, login, now=tx.now)
        )
    if counted.wait:
        raise contract.TooManyTries(seconds=counted.wait)
    with call.transaction() as tx:
        opened = _open_code(tx, request, known, counted)
        if opened is None:
            tries.count_address(tx, request.address, now=tx.now)
    if opened is None:
        raise contract.RefusedRecovery
    return opened


def _open_code(
    tx: Transaction, request: contract.OpenRecoveryCode, known: Row[Any] | None, counted: tries.Try
) -> dict[str, Any] | None:
    account_id = known.account_id if known else None
    found = recoveries.open_code(tx, account_id)
    fits = domain.recovery_code_fits(
        found._mapping if found else None,
        code_hash=recoveries.code_hash(tx, account_id, request.code),
        birth_date=request.birth_date,
        now=tx.now,
    )
    if found is None or not fits or counted.failures > domain.CODE_TRIES:
        return None
    assert account_id is not None
    secret, until = domain.new_secret(), min(tx.now + domain.CLAIM_LASTS, found.expires_at)
    recoveries.claim(tx, found.id, secret, until=until)
    tries.clear(tx, account_id, "codes")
    return {"claim": secret, "until": until}


def choose_new_password(call: Any, request: contract.ChooseNewPassword) -> dict[str, Any]:
    """Use a way back in up. Raises RecoveryEnded, WeakPassword, TooManyTries."""
    about = _check_way(call, request)
    domain.check_password(request.password, common=common_passwords(), about=about)
    # Outside any transaction: hashing takes its time and must not hold a connection.
    hashed = passwords.hash_password(domain.password_typed(request.password))
    with call.transaction() as tx:
        known, way = _use(tx, request.secret)
        people.change_password(tx, known.account_id, hashed, now=tx.now)
        _end_what_was(tx, known)
        if way == "code":
            second_factors.remove_all(tx, known.account_id)
            tries.clear(tx, known.account_id, "factor", "texts")
        if way != "joining":  # there was no password before, and nothing to be warned of
            _announce_reset(tx, known, factors_off=way == "code")
    return {"kind": known.kind}


def _announce_reset(tx: Transaction, known: Row[Any], *, factors_off: bool) -> None:
    tx.announce(
        contract.PasswordReset(
            account_id=known.account_id,
            patient_id=known.person_id if known.kind == "patient" else None,
            factors_off=factors_off,
        )
    )


def _check_way(call: Any, request: contract.ChooseNewPassword) -> list[str]:
    """The words that a password may not be made of. Raises RecoveryEnded, TooManyTries."""
    with proofs.aside(call) as tx:
        held = tries.address_held(tx, request.address, now=tx.now)
        found = None if held else recoveries.behind(tx, request.secret, now=tx.now)
        known = people.active_account(tx, found.account_id) if found else None
        if known is None and not held:
            tries.count_address(tx, request.address, now=tx.now)
        about = people.words_about(tx, known.account_id) if known else []
    if held:
        raise contract.TooManyTries(seconds=held)
    if known is None:
        raise contract.RecoveryEnded
    return about


def _use(tx: Transaction, secret: str) -> tuple[Row[Any], str]:
    """Use it up, in the order in which all take their locks: first the account."""
    found = recoveries.behind(tx, secret, now=tx.now)
    if found is None:
        raise contract.RecoveryEnded
    people.hold(tx, found.account_id)
    known = people.active_account(tx, found.account_id)
    if known is None or not recoveries.use(tx, secret, now=tx.now):
        raise contract.RecoveryEnded
    return known, found.way


def _end_what_was(tx: Transaction, known: Row[Any]) -> None:
    """Whatever the old password paid for ends, and what was held up by tries at it is free.

    Tries at the second factor stay counted: a link must give a guesser of codes no new ones.
    """
    account_id = known.account_id
    sessions.end_what_was(tx, account_id, why="password_reset")
    tries.clear(tx, account_id, "password", "codes")
    for login in people.logins_of(tx, account_id):
        tries.clear_login(tx, login)
        tries.clear_login(tx, login, what="links")


def expire_recoveries(tx: Transaction, *, now: datetime) -> None:
    """End links and codes whose time is up."""
    recoveries.expire(tx, now=now)
