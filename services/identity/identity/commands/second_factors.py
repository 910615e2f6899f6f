"""Setting a second factor up, renewing recovery codes, turning it off."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_contracts.refusal import NotFound
from portico_kit.database import Transaction

from .. import domain, queries
from ..adapters import authenticator
from ..store import people, second_factors, sessions
from . import proofs


def start_second_factor(call: Any, request: contract.StartSecondFactor) -> dict[str, Any]:
    """Begin a set-up, once the password was given.

    Raises WrongPassword, FactorStands, NowhereToText, TooManyTries.
    """
    known = proofs.check_password(call, request.password)
    with call.transaction() as tx:
        return begin(tx, known, request.factor, now=tx.now)


def begin(
    tx: Transaction, known: Row[Any], factor: contract.Factor, *, now: datetime
) -> dict[str, Any]:
    """Begin a set-up: a fresh key for the app, or a code by text.

    Raises FactorStands, NowhereToText, TooManyTries.
    """
    if factor in second_factors.confirmed(tx, known.account_id):
        raise contract.FactorStands
    started = {"factor": factor, "key": None, "address": None, "mobile_hint": None, "until": None}
    sealed = None
    if factor == "text":
        started |= proofs.send_text(tx, known)
    else:
        key = authenticator.new_key()
        sealed = tx.seal(known.account_id, key)
        started |= {"key": key, "address": _address(tx, known, key)}
    second_factors.start(tx, known.account_id, factor, sealed_key=sealed, now=now)
    return started


def _address(tx: Transaction, known: Row[Any], key: str) -> str:
    account = known.email or known.mobile or "account"
    return authenticator.address(key, account=account, practice=tx.config.practice_name)


def confirm_second_factor(call: Any, request: contract.ConfirmSecondFactor) -> dict[str, Any]:
    """Turn it on by its first code. Raises WrongCode, NothingToConfirm, TooManyTries."""
    with proofs.aside(call) as tx:
        known = people.account_of(tx, call.actor.account_id)
    return proofs.prove(
        call,
        known,
        check=lambda tx: proofs.confirms(
            tx, known.account_id, factor=request.factor, code=request.code
        ),
        then=lambda tx: {"codes": turn_on(tx, known, request.factor, now=tx.now)},
    )


def turn_on(
    tx: Transaction, known: Row[Any], factor: contract.Factor, *, now: datetime
) -> list[str]:
    """Finish a set-up; recovery codes where there are none yet."""
    first = not second_factors.confirmed(tx, known.account_id)
    second_factors.turn_on(tx, known.account_id, factor, now=now)
    _end_others(tx, known)
    announce(tx, known, "factor_added")
    return _fresh_codes(tx, known.account_id) if first else []


def renew_recovery_codes(call: Any, request: contract.RenewRecoveryCodes) -> dict[str, Any]:
    """Ten new codes in place of all before. Raises WrongPassword, WrongCode, TooManyTries."""

    def renew(tx: Transaction) -> dict[str, Any]:
        announce(tx, known, "codes_renewed")
        return {"codes": _fresh_codes(tx, known.account_id)}

    known = proofs.check_password(call, request.password)
    return proofs.prove(call, known, check=_holding(known, request), then=renew)


def remove_second_factor(call: Any, request: contract.RemoveSecondFactor) -> dict[str, Any]:
    """Turn one off. Raises WrongPassword, WrongCode, FactorRequired, NotFound, TooManyTries."""

    def remove(tx: Transaction) -> dict[str, Any]:
        _check_removal(tx, known, request.factor)
        second_factors.remove(tx, known.account_id, request.factor)
        if not second_factors.confirmed(tx, known.account_id):
            second_factors.keep_recovery_codes(tx, known.account_id, [])
        _end_others(tx, known)
        announce(tx, known, "factor_removed")
        return queries.show_second_factors(tx)

    known = proofs.check_password(call, request.password)
    return proofs.prove(call, known, check=_holding(known, request), then=remove)


def text_me_a_code(tx: Transaction) -> dict[str, Any]:
    """Send the caller a code by text. Raises NotFound, NowhereToText, TooManyTries."""
    known = people.account_of(tx, tx.actor.account_id)
    on = second_factors.locked(tx, known.account_id, "text", on=True)
    if on is None and second_factors.locked(tx, known.account_id, "text", on=False) is None:
        raise NotFound
    return proofs.send_text(tx, known)


def _holding(known: Row[Any], request: Any) -> proofs.Check:
    return lambda tx: proofs.holds(tx, known.account_id, way=request.way, code=request.code)


def _check_removal(tx: Transaction, known: Row[Any], factor: contract.Factor) -> None:
    on = second_factors.confirmed(tx, known.account_id)
    if factor not in on:
        raise NotFound
    if len(on) == 1 and domain.second_factor_is_required(
        kind=known.kind, staff=tx.config.staff_second_factor
    ):
        raise contract.FactorRequired


def _end_others(tx: Transaction, known: Row[Any]) -> None:
    """Other sessions came in by what signing in took before (OWASP ASVS 5.0, 7.4.3)."""
    sessions.end_others(tx, known.account_id, why="factor_changed", now=tx.now)


def _fresh_codes(tx: Transaction, account_id: UUID) -> list[str]:
    codes = [domain.new_code() for _ in range(domain.RECOVERY_CODES)]
    second_factors.keep_recovery_codes(tx, account_id, codes)
    return codes


def announce(
    tx: Transaction,
    known: Row[Any],
    change: Literal["factor_added", "factor_removed", "codes_renewed", "password_changed"],
) -> None:
    """Tell the owner of an account that its sign-in was changed: it may not have been them."""
    tx.announce(
        contract.SignInChanged(
            account_id=known.account_id,
            patient_id=known.person_id if known.kind == "patient" else None,
            change=change,
        )
    )
