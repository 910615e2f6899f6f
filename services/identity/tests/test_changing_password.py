"""Another password, chosen while signed in: what the old one paid for elsewhere ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from identity.commands import passwords
from portico_contracts import identity as contract

from .recoveries import NEW, ask, send
from .second_steps import LOGIN, PASSWORD, SignedIn, challenge, code_of, finish, maria

RUNNING = "SELECT count(*) FROM session WHERE ended_at IS NULL"


@pytest.fixture
def person(practice: Any) -> SignedIn:
    """Maria on her phone, who is signed in at a library as well."""
    known = maria(practice)
    here, _library = practice.sign_in(LOGIN), practice.sign_in(LOGIN)
    return replace(known, actor=replace(known.actor, session_id=here["session_id"]))


def change(person: SignedIn, *, password: str = PASSWORD, new: str = NEW) -> Any:
    request = contract.ChangePassword(password=password, new_password=new)
    return passwords.change_password(person, request)


def test_the_new_one_signs_in_and_the_library_is_signed_out(practice: Any, person: Any) -> None:
    assert change(person) == {"ended": 1}
    assert practice.value(RUNNING) == 1
    with pytest.raises(contract.RefusedSignIn):
        practice.sign_in(LOGIN)
    assert practice.sign_in(LOGIN, NEW)["session"]
    [told] = practice.announced("SignInChanged")
    assert told["change"] == "password_changed"


def test_without_the_old_one_nothing_changes_and_tries_are_counted(
    practice: Any, person: Any
) -> None:
    for _ in range(5):
        with pytest.raises(contract.WrongPassword):
            change(person, password="not her password")
    with pytest.raises(contract.TooManyTries):
        change(person)
    assert practice.value(RUNNING) == 2
    assert practice.announced("SignInChanged") == []


@pytest.mark.parametrize(
    ("new", "reason"),
    [("short", "short"), ("password1234567", "common"), (f"{LOGIN} 1", "guessable")],
)
def test_a_weak_one_is_refused_and_the_old_one_stays(
    practice: Any, person: Any, new: str, reason: str
) -> None:
    with pytest.raises(contract.WeakPassword) as refusal:
        change(person, new=new)
    assert refusal.value.facts["reason"] == reason
    assert practice.value(RUNNING) == 2


def test_a_second_factor_stays_and_a_step_that_was_due_is_void(practice: Any, person: Any) -> None:
    key, _codes = person.app_is_on()
    begun = challenge(practice)
    change(person)
    with pytest.raises(contract.ChallengeEnded):
        finish(practice, begun["challenge"], "app", code_of(key, practice.now))
    with pytest.raises(contract.SecondFactorNeeded):
        practice.sign_in(LOGIN, NEW)


def test_a_link_that_was_asked_for_is_void(practice: Any, person: Any) -> None:
    ask(practice)
    send(practice)
    assert practice.value("SELECT state FROM recovery") == "open"
    change(person)
    assert practice.value("SELECT state FROM recovery") == "replaced"
