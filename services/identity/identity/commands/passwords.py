"""Choosing another password while signed in."""

from __future__ import annotations

from typing import Any

from portico_contracts import identity as contract

from .. import domain
from ..adapters import passwords
from ..adapters.common_passwords import common_passwords
from ..store import people
from . import proofs, second_factors, sessions


def change_password(call: Any, request: contract.ChangePassword) -> dict[str, Any]:
    """Change the caller's password; whatever the old one paid for elsewhere ends.

    Raises WrongPassword, WeakPassword, TooManyTries.
    """
    known = proofs.check_password(call, request.password)
    with proofs.aside(call) as tx:
        about = people.words_about(tx, known.account_id)
    domain.check_password(request.new_password, common=common_passwords(), about=about)
    # Outside any transaction: hashing takes its time and must not hold a connection.
    hashed = passwords.hash_password(domain.password_typed(request.new_password))
    with call.transaction() as tx:
        people.hold(tx, known.account_id)
        if people.account_of(tx, known.account_id).password_hash != known.password_hash:
            raise contract.WrongPassword  # changed from elsewhere since it was checked
        people.change_password(tx, known.account_id, hashed, now=tx.now)
        ended = sessions.end_what_was(tx, known.account_id, why="password_changed")
        second_factors.announce(tx, known, "password_changed")
    return {"ended": ended}
