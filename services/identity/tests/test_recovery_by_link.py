"""A forgotten password: a link by mail, good once, for a while, and only the newest."""

from typing import Any

import pytest

from identity.adapters import passwords
from identity.commands import recovery
from identity.domain import LINK_LASTS
from portico_contracts import identity as contract

from .recoveries import ADDRESS, NEW, ask, choose, link, open_link, send
from .second_steps import LOGIN, MOBILE, PASSWORD, challenge, code_of, finish, maria

NOBODY = "nobody@cedargrove.example"


def test_a_link_lets_one_choose_a_password_that_signs_in(practice: Any) -> None:
    practice.enrol(LOGIN)
    token = link(practice)
    assert open_link(practice, token)["login"] == LOGIN
    assert choose(practice, token) == {"kind": "patient"}
    assert practice.sign_in(LOGIN, NEW)["session"]
    with pytest.raises(contract.RefusedSignIn):
        practice.sign_in(LOGIN, PASSWORD)


def test_a_link_is_good_once(practice: Any) -> None:
    practice.enrol(LOGIN)
    token = link(practice)
    choose(practice, token)
    with pytest.raises(contract.RecoveryEnded):
        open_link(practice, token)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, token, "another lantern by the river")


def test_looking_at_a_link_changes_nothing(practice: Any) -> None:
    practice.enrol(LOGIN)
    token = link(practice)
    before = practice.value("SELECT string_agg(r::text, '') FROM recovery r")
    for _ in range(3):
        open_link(practice, token)
    assert practice.value("SELECT string_agg(r::text, '') FROM recovery r") == before


def test_only_the_newest_link_is_good(practice: Any) -> None:
    practice.enrol(LOGIN)
    first, second = link(practice), link(practice)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, first)
    assert choose(practice, second)


def test_a_link_is_too_old_after_half_an_hour_and_the_clock_ends_it(practice: Any) -> None:
    practice.enrol(LOGIN)
    token = link(practice)
    practice.later(seconds=LINK_LASTS.total_seconds())
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, token)
    assert states(practice) == "open"
    expire(practice)
    assert states(practice) == "expired"
    practice.later(days=91)
    expire(practice)
    assert practice.value("SELECT count(*) FROM recovery") == 0


def expire(practice: Any) -> None:
    with practice.transaction() as tx:
        recovery.expire_recoveries(tx, now=practice.now)


def states(practice: Any) -> str:
    return str(practice.value("SELECT string_agg(state, ' ' ORDER BY issued_at) FROM recovery"))


def test_a_made_up_link_opens_nothing_and_counts_against_its_address(practice: Any) -> None:
    for _ in range(30):
        with pytest.raises(contract.RecoveryEnded):
            choose(practice, "x" * 43)
    with pytest.raises(contract.TooManyTries):
        choose(practice, "x" * 43)


def test_links_and_logins_are_kept_neither_in_the_clear_nor_for_long(practice: Any) -> None:
    practice.enrol(LOGIN)
    ask(practice)
    assert LOGIN not in practice.value("SELECT string_agg(w::text, '') FROM link_wish w")
    send(practice)
    assert practice.value("SELECT count(*) FROM link_wish") == 0
    token = link(practice)
    kept = practice.value("SELECT string_agg(r::text, '') FROM recovery r")
    assert token not in kept and token.encode().hex() not in kept


def test_a_wish_that_cannot_be_unsealed_holds_up_no_other(practice: Any) -> None:
    practice.enrol(LOGIN)
    ask(practice, NOBODY)
    practice.value(
        "UPDATE link_wish SET sealed_login = encode(decode(repeat('00', 60), 'hex'), 'base64')"
    )
    assert link(practice)


def test_what_was_asked_for_long_ago_is_not_sent_any_more(practice: Any) -> None:
    practice.enrol(LOGIN)
    ask(practice)
    practice.later(seconds=LINK_LASTS.total_seconds())
    send(practice)
    assert practice.announced("RecoveryAsked") == []
    assert practice.value("SELECT count(*) FROM link_wish") == 0


# ---- the same for unknown logins


def test_unknown_logins_get_the_same_answer_after_the_same_statements(practice: Any) -> None:
    practice.enrol(LOGIN)
    assert ask(practice, LOGIN) == ask(practice, NOBODY)
    kept = "SELECT string_agg(length(sealed_login)::text, ' ' ORDER BY id) FROM link_wish"
    assert len(practice.value(kept).split()) == 2
    send(practice)
    assert len(practice.announced("RecoveryAsked")) == 1


def test_asking_is_held_up_alike_for_known_and_unknown_logins(practice: Any) -> None:
    practice.enrol(LOGIN)
    for login in (LOGIN, NOBODY):
        for _ in range(3):
            ask(practice, login)
        with pytest.raises(contract.TooManyTries) as held:
            ask(practice, login)
        assert held.value.facts == {"seconds": 60}
    send(practice)
    assert len(practice.announced("RecoveryAsked")) == 3


def test_nobody_has_mail_sent_to_everybody(practice: Any) -> None:
    for number in range(30):
        ask(practice, f"someone{number}@cedargrove.example")
    with pytest.raises(contract.TooManyTries):
        ask(practice, "another@cedargrove.example")
    assert ask(practice, "another@cedargrove.example", address="203.0.113.9")


# ---- where it goes


def test_without_a_mail_address_the_link_goes_by_text(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN, MOBILE)
    ask(practice, MOBILE)
    send(practice)
    practice.value("UPDATE person SET email = NULL")
    ask(practice, MOBILE)
    send(practice)
    by_mail, by_text = practice.announced("RecoveryAsked")
    assert (by_mail["channel"], by_text["channel"]) == ("mail", "text")
    assert by_text["person_id"] == str(patient_id)


def test_staff_who_left_get_no_link(practice: Any) -> None:
    practice.hire()
    practice.value("UPDATE staff SET left_at = :now", now=practice.now)
    ask(practice, "dana@cedargrove.example")
    send(practice)
    assert practice.announced("RecoveryAsked") == []


# ---- the new password


@pytest.mark.parametrize("weak", ["short", "maria reyes maria reyes", "aaaaaaaaaaaaaaaaaaaa"])
def test_the_new_password_keeps_the_rules_and_the_link_stays_good(practice: Any, weak: str) -> None:
    practice.enrol(LOGIN)
    token = link(practice)
    with pytest.raises(contract.WeakPassword):
        choose(practice, token, weak)
    assert choose(practice, token)


def test_everything_that_the_old_password_paid_for_ends(practice: Any) -> None:
    account_id, patient_id = practice.enrol(LOGIN)
    other, _patient = practice.enrol("elena@cedargrove.example")
    mine = [practice.sign_in(LOGIN)["session_id"] for _ in range(2)]
    practice.sign_in("elena@cedargrove.example")
    choose(practice, link(practice))
    [ended] = practice.announced("SessionsEnded")
    assert sorted(ended["session_ids"]) == sorted(map(str, mine))
    running = practice.value("SELECT account_id FROM session WHERE ended_at IS NULL")
    assert running == other
    [told] = practice.announced("PasswordReset")
    assert told == {
        "account_id": str(account_id), "patient_id": str(patient_id), "factors_off": False,
    }  # fmt: skip


def test_who_was_locked_out_by_tries_can_sign_in_at_once(practice: Any) -> None:
    practice.enrol(LOGIN)
    for _ in range(5):
        with pytest.raises(contract.RefusedSignIn):
            practice.sign_in(LOGIN, "not the right one")
    choose(practice, link(practice))
    assert practice.sign_in(LOGIN, NEW)["session"]


def test_a_session_that_is_begun_while_the_password_changes_never_starts(
    practice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.enrol(LOGIN)
    token = link(practice)
    right = passwords.password_is_right

    def slowly(stored: str | None, password: str) -> bool:
        monkeypatch.setattr(passwords, "password_is_right", right)
        fits = right(stored, password)
        practice.later(seconds=1)
        choose(practice, token)
        return fits

    monkeypatch.setattr(passwords, "password_is_right", slowly)
    with pytest.raises(contract.RefusedSignIn):
        practice.sign_in(LOGIN, PASSWORD)
    assert practice.value("SELECT count(*) FROM session") == 0


# ---- second factors stay


def test_a_second_factor_stays_on_and_is_asked_for_at_the_next_sign_in(practice: Any) -> None:
    person = maria(practice)
    key, _codes = person.app_is_on()
    choose(practice, link(practice))
    with pytest.raises(contract.SecondFactorNeeded) as asked:
        practice.sign_in(LOGIN, NEW)
    secret = asked.value.facts["challenge"]
    assert finish(practice, secret, "app", code_of(key, practice.now))["session"]


def test_a_challenge_that_the_old_password_earned_is_over(practice: Any) -> None:
    key, _codes = maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    choose(practice, link(practice))
    with pytest.raises(contract.ChallengeEnded):
        finish(practice, secret, "app", code_of(key, practice.now))


def test_a_link_gives_a_guesser_of_codes_no_new_tries(practice: Any) -> None:
    maria(practice).app_is_on()
    for _ in range(4):
        with pytest.raises(contract.WrongCode):
            finish(practice, challenge(practice)["challenge"], "app", "000000")
    choose(practice, link(practice))
    assert practice.value("SELECT failures FROM tries WHERE scope = 'factor'") == 4


def test_one_persons_link_changes_nobody_elses_password(practice: Any) -> None:
    practice.enrol(LOGIN)
    practice.enrol("elena@cedargrove.example")
    choose(practice, link(practice))
    assert practice.sign_in("elena@cedargrove.example", PASSWORD)["session"]
    assert ADDRESS not in practice.value("SELECT string_agg(t::text, '') FROM tries t")
