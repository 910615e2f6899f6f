"""Signing in by password."""

from typing import Any

import pytest

from identity.adapters import passwords
from identity.commands.sign_in import forget_old_tries
from portico_contracts import identity as contract

LOGIN = "maria@cedargrove.example"


def refusal(practice: Any, login: str, password: str = "not the right one") -> Any:
    with pytest.raises((contract.RefusedSignIn, contract.TooManyTries)) as caught:
        practice.sign_in(login, password)
    return caught.value


def answer(practice: Any, login: str, password: str = "not the right one") -> tuple[Any, ...]:
    said = refusal(practice, login, password)
    return said.code, str(said), said.facts


def test_either_login_and_any_way_of_typing_it_signs_in(practice: Any) -> None:
    account_id, _patient = practice.enrol(LOGIN, "(555) 010-0142")
    for typed in (LOGIN.upper(), " maria@cedargrove.example", "+1 555-010-0142"):
        assert practice.sign_in(typed)["account_id"] == account_id


def test_each_sign_in_starts_a_session_of_its_own(practice: Any) -> None:
    practice.enrol(LOGIN)
    first, second = practice.sign_in(LOGIN), practice.sign_in(LOGIN)
    assert first["session"] != second["session"]
    assert len(first["session"]) >= 43
    stored = practice.value("SELECT string_agg(s::text, '') FROM session s")
    assert first["session"] not in stored


def test_known_and_unknown_logins_get_the_same_answers_all_the_way(practice: Any) -> None:
    practice.enrol(LOGIN)
    known = [answer(practice, LOGIN) for _ in range(7)]
    unknown = [answer(practice, "nobody@cedargrove.example") for _ in range(7)]
    assert known == unknown
    assert [said[0] for said in known] == ["RefusedSignIn"] * 5 + ["TooManyTries"] * 2


def test_an_unknown_login_costs_the_same_hash_as_a_known_one(
    practice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.enrol(LOGIN)
    checked: list[str] = []
    verify = passwords._verify

    def count(stored: str, password: str) -> bool:
        checked.append(stored.rsplit("$", 2)[0])
        return verify(stored, password)

    monkeypatch.setattr(passwords, "_verify", count)
    refusal(practice, LOGIN)
    refusal(practice, "nobody@cedargrove.example")
    assert len(checked) == 2
    assert checked[0] == checked[1]  # the same algorithm at the same cost


def test_the_dummys_own_password_opens_nothing(practice: Any) -> None:
    assert refusal(practice, "nobody@cedargrove.example", "nobody's password").code == (
        "RefusedSignIn"
    )


def test_the_fifth_failure_holds_the_login_up_even_for_the_right_password(practice: Any) -> None:
    account_id, patient_id = practice.enrol(LOGIN)
    for _ in range(5):
        refusal(practice, LOGIN)
    with pytest.raises(contract.TooManyTries) as held:
        practice.sign_in(LOGIN, address="203.0.113.9")
    assert held.value.facts == {"seconds": 60}
    (locked,) = practice.announced("AccountLocked")
    assert (locked["account_id"], locked["patient_id"]) == (str(account_id), str(patient_id))
    practice.later(seconds=60)
    assert practice.sign_in(LOGIN)["session"]


def test_waits_double_until_a_success_clears_them(practice: Any) -> None:
    practice.enrol(LOGIN)
    for _ in range(5):
        refusal(practice, LOGIN)
    practice.later(seconds=60)
    refusal(practice, LOGIN)
    assert refusal(practice, LOGIN).facts == {"seconds": 120}
    practice.later(seconds=120)
    practice.sign_in(LOGIN)
    assert refusal(practice, LOGIN).code == "RefusedSignIn"


def test_tries_in_flight_together_share_no_count(practice: Any) -> None:
    practice.enrol(LOGIN)
    for _ in range(5):
        refusal(practice, LOGIN)
    # The fifth was counted before it was checked: a sixth beside it never reaches the hash.
    assert practice.value("SELECT failures FROM tries WHERE scope = 'login'") == 5
    refusal(practice, LOGIN)
    assert practice.value("SELECT failures FROM tries WHERE scope = 'login'") == 5


def test_spraying_one_password_over_many_logins_holds_the_address_up(practice: Any) -> None:
    practice.enrol(LOGIN)
    for number in range(30):
        refusal(practice, f"someone{number}@cedargrove.example")
    assert refusal(practice, "another@cedargrove.example").code == "TooManyTries"
    assert practice.sign_in(LOGIN, address="203.0.113.9")["session"]


def test_a_clinic_behind_one_address_is_not_held_up_by_a_slip_now_and_then(practice: Any) -> None:
    for number in range(40):
        assert refusal(practice, f"someone{number}@cedargrove.example").code == "RefusedSignIn"
        practice.later(minutes=5)


def test_tries_are_kept_without_logins_or_addresses(practice: Any) -> None:
    refusal(practice, "nobody@cedargrove.example")
    kept = practice.value("SELECT string_agg(t::text, '') FROM tries t")
    assert "nobody" not in kept
    assert "198.51" not in kept


def test_quiet_counts_are_forgotten(practice: Any) -> None:
    refusal(practice, LOGIN)
    practice.later(days=31)
    with practice.transaction() as tx:
        forget_old_tries(tx, now=practice.now)
    assert practice.value("SELECT count(*) FROM tries") == 0


def test_staff_who_left_cannot_sign_in(practice: Any) -> None:
    practice.hire("Dana Whitfield")
    assert practice.sign_in("dana@cedargrove.example")["kind"] == "staff"
    practice.value("UPDATE staff SET left_at = :now", now=practice.now)
    assert refusal(practice, "dana@cedargrove.example", "correct-horse-battery").code == (
        "RefusedSignIn"
    )


def test_an_old_hash_is_renewed_at_the_next_sign_in(practice: Any) -> None:
    from argon2 import PasswordHasher

    practice.enrol(LOGIN)
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("correct-horse-battery")
    practice.value("UPDATE account SET password_hash = :old", old=old)
    practice.sign_in(LOGIN)
    assert not passwords.outdated(practice.value("SELECT password_hash FROM account"))
