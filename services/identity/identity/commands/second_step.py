"""The second step of signing in: a challenge, which is no session, then a code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_kit.database import Transaction

from .. import domain
from ..store import challenges, people, second_factors, tries
from . import proofs, sessions
from .second_factors import begin, turn_on


def challenge(
    tx: Transaction, known: Row[Any], *, device: str, now: datetime
) -> dict[str, Any] | None:
    """What the second step needs, where one is due; None where the password is enough."""
    on = second_factors.confirmed(tx, known.account_id)
    required = domain.second_factor_is_required(
        kind=known.kind, staff=tx.config.staff_second_factor
    )
    if not on and not required:
        return None
    secret, until = domain.new_secret(), now + domain.CHALLENGE_LASTS
    challenges.keep(
        tx, secret, account_id=known.account_id, device=sessions.readable(device), until=until
    )
    mobile = people.account_of(tx, known.account_id).mobile
    return {
        "challenge": secret,
        "until": until.isoformat(),
        "ways": [*sorted(on), *(["recovery"] if on else [])],
        "mobile_hint": domain.mobile_hint(mobile),
        "set_up": not on,
    }


def finish_sign_in(call: Any, request: contract.FinishSignIn) -> dict[str, Any]:
    """The second step. Raises ChallengeEnded, WrongCode, TooManyTries."""

    def enter(tx: Transaction) -> dict[str, Any]:
        started = _enter(tx, request, known)
        left = second_factors.recovery_codes_left(tx, known.account_id)
        return {**started, "recovery_codes_left": left}

    known = _challenged(call, request.challenge, device=request.device, address=request.address)
    return proofs.prove(
        call,
        known,
        check=lambda tx: proofs.holds(tx, known.account_id, way=request.way, code=request.code),
        then=enter,
        address=request.address,
    )


def text_sign_in_code(call: Any, request: contract.TextSignInCode) -> dict[str, Any]:
    """Send a code by text. Raises ChallengeEnded, NowhereToText, TooManyTries."""
    known = _challenged(call, request.challenge)
    with call.transaction() as tx:
        if "text" not in second_factors.confirmed(tx, known.account_id):
            raise contract.NowhereToText
        return proofs.send_text(tx, known)


def start_factor_at_sign_in(call: Any, request: contract.StartFactorAtSignIn) -> dict[str, Any]:
    """Begin the set-up that comes first. Raises ChallengeEnded, NowhereToText, TooManyTries."""
    known = _challenged(call, request.challenge)
    with call.transaction() as tx:
        _check_there_is_none(tx, known)
        return begin(tx, known, request.factor, now=tx.now)


def finish_factor_at_sign_in(call: Any, request: contract.FinishFactorAtSignIn) -> dict[str, Any]:
    """Confirm it, and go in. Raises ChallengeEnded, WrongCode, NothingToConfirm, TooManyTries."""

    def confirmed(tx: Transaction) -> bool:
        _check_there_is_none(tx, known)
        return proofs.confirms(tx, known.account_id, factor=request.factor, code=request.code)

    def enter(tx: Transaction) -> dict[str, Any]:
        codes = turn_on(tx, known, request.factor, now=tx.now)
        return {**_enter(tx, request, known), "recovery_codes": codes}

    known = _challenged(call, request.challenge, device=request.device, address=request.address)
    return proofs.prove(call, known, check=confirmed, then=enter, address=request.address)


def forget_old_challenges(tx: Transaction, *, now: datetime) -> None:
    """Drop challenges that nobody answered in time."""
    challenges.forget_old(tx, now=now)


def _challenged(
    call: Any, secret: str, *, device: str | None = None, address: str = ""
) -> Row[Any]:
    """Whose second step it is. Raises ChallengeEnded; TooManyTries by ``address``."""
    with proofs.aside(call) as tx:
        held = tries.address_held(tx, address, now=tx.now)
        readable = None if device is None else sessions.readable(device)
        account_id = challenges.account_behind(tx, secret, device=readable, now=tx.now)
        known = people.active_account(tx, account_id) if account_id else None
    if held:
        raise contract.TooManyTries(seconds=held)
    if known is None:
        raise contract.ChallengeEnded
    return known


def _check_there_is_none(tx: Transaction, known: Row[Any]) -> None:
    """A password alone must never add a second factor beside one that is on."""
    if second_factors.confirmed(tx, known.account_id):
        raise contract.ChallengeEnded


def _enter(tx: Transaction, request: Any, known: Row[Any]) -> dict[str, Any]:
    people.hold(tx, known.account_id)
    if not challenges.use(tx, request.challenge):
        raise contract.ChallengeEnded
    return sessions.start(
        tx, account_id=known.account_id, kind=known.kind, device=request.device, now=tx.now
    )
