"""Setting a second factor up, and what its codes are worth."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity import queries
from portico_contracts import identity as contract
from portico_contracts.refusal import NotFound

from .second_steps import (
    LOGIN,
    SignedIn,
    challenge,
    code_of,
    finish,
    maria,
    nurse,
    texted,
)


def shown(person: SignedIn) -> Any:
    with person.transaction() as tx:
        return queries.show_second_factors(tx)


def test_an_app_counts_once_its_first_code_is_confirmed(practice: Any) -> None:
    person = maria(practice)
    started = person.start()
    assert started["address"].startswith("otpauth://totp/Cedar%20Grove%20Family%20Health:maria%40")
    assert practice.sign_in(LOGIN)["session"]
    codes = person.confirm(code_of(started["key"], practice.now))["codes"]
    assert len(set(codes)) == 10
    assert shown(person)["app_since"] == practice.now
    assert shown(person)["recovery_codes_left"] == 10
    assert challenge(practice)["ways"] == ["app", "recovery"]


def test_keys_and_codes_are_not_in_the_database_in_the_clear(practice: Any) -> None:
    key, codes = maria(practice).app_is_on()
    kept = "SELECT string_agg(t::text, '') FROM {} t"
    assert key not in practice.value(kept.format("second_factor"))
    assert bytes(key, "ascii") not in practice.value("SELECT sealed_key FROM second_factor")
    stored = practice.value(kept.format("recovery_code"))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_a_wrong_first_code_turns_nothing_on(practice: Any) -> None:
    person = maria(practice)
    key = person.start()["key"]
    with pytest.raises(contract.WrongCode):
        person.confirm(code_of(key, practice.now, steps=5))
    assert shown(person)["app_since"] is None
    assert person.confirm(code_of(key, practice.now))["codes"]


def test_a_set_up_that_was_never_begun_cannot_be_confirmed(practice: Any) -> None:
    with pytest.raises(contract.NothingToConfirm):
        maria(practice).confirm("123456")


def test_a_set_up_that_is_begun_anew_has_a_new_key(practice: Any) -> None:
    person = maria(practice)
    first, second = person.start()["key"], person.start()["key"]
    with pytest.raises(contract.WrongCode):
        person.confirm(code_of(first, practice.now))
    assert person.confirm(code_of(second, practice.now))["codes"]


def test_a_factor_that_is_on_is_not_set_up_over(practice: Any) -> None:
    person = maria(practice)
    person.app_is_on()
    with pytest.raises(contract.FactorStands):
        person.start()


def test_an_open_session_alone_sets_nothing_up(practice: Any) -> None:
    person = maria(practice)
    for _ in range(5):
        with pytest.raises(contract.WrongPassword):
            person.start(password="a guess of somebody else")
    with pytest.raises(contract.TooManyTries) as held:
        person.start()
    assert held.value.facts == {"seconds": 60}
    assert practice.announced("AccountLocked")


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_phone_may_be_one_step_off(practice: Any, steps: int) -> None:
    key, _codes = maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    assert finish(practice, secret, "app", code_of(key, practice.now, steps=steps))["session"]


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_phone_that_is_further_off_is_refused(practice: Any, steps: int) -> None:
    key, _codes = maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    with pytest.raises(contract.WrongCode):
        finish(practice, secret, "app", code_of(key, practice.now, steps=steps))


def test_a_code_of_the_app_works_once_and_so_do_those_before_it(practice: Any) -> None:
    key, _codes = maria(practice).app_is_on()
    code = code_of(key, practice.now)
    finish(practice, challenge(practice)["challenge"], "app", code)
    for used in (code, code_of(key, practice.now, steps=-1)):
        with pytest.raises(contract.WrongCode):
            finish(practice, challenge(practice)["challenge"], "app", used)


def test_the_code_that_confirmed_the_set_up_does_not_sign_in(practice: Any) -> None:
    person = maria(practice)
    code = code_of(person.start()["key"], practice.now)
    person.confirm(code)
    with pytest.raises(contract.WrongCode):
        finish(practice, challenge(practice)["challenge"], "app", code)


def test_a_recovery_code_works_once_however_it_is_typed(practice: Any) -> None:
    _key, codes = maria(practice).app_is_on()
    typed = codes[3].lower().replace("-", " ")
    entered = finish(practice, challenge(practice)["challenge"], "recovery", typed)
    assert entered["recovery_codes_left"] == 9
    with pytest.raises(contract.WrongCode):
        finish(practice, challenge(practice)["challenge"], "recovery", codes[3])


def test_new_recovery_codes_replace_the_old_ones_and_are_told_of(practice: Any) -> None:
    person = maria(practice)
    key, old = person.app_is_on()
    fresh = person.renew(code_of(key, practice.now), "app")["codes"]
    assert not set(fresh) & set(old)
    with pytest.raises(contract.WrongCode):
        finish(practice, challenge(practice)["challenge"], "recovery", old[0])
    changes = [e["change"] for e in practice.announced("SignInChanged")]
    assert changes == ["factor_added", "codes_renewed"]


def test_turning_it_off_takes_password_and_code_and_the_recovery_codes(practice: Any) -> None:
    person = maria(practice)
    _key, codes = person.app_is_on()
    with pytest.raises(contract.WrongPassword):
        person.remove(codes[0], "recovery", password="not the right password")
    with pytest.raises(contract.WrongCode):
        person.remove("000-000", "app")
    assert person.remove(codes[0], "recovery")["app_since"] is None
    assert shown(person)["recovery_codes_left"] == 0
    assert practice.sign_in(LOGIN)["session"]
    assert practice.announced("SignInChanged")[-1]["change"] == "factor_removed"


def test_the_right_password_gives_a_guesser_of_codes_no_new_tries(practice: Any) -> None:
    person = maria(practice)
    person.app_is_on()
    for _ in range(5):
        with pytest.raises(contract.WrongCode):
            person.remove("000000", "app")
    with pytest.raises(contract.TooManyTries):
        person.remove("000000", "app")


def test_what_is_not_on_cannot_be_turned_off(practice: Any) -> None:
    person = maria(practice)
    key, _codes = person.app_is_on()
    with pytest.raises(NotFound):
        person.remove(code_of(key, practice.now), "app", factor="text")


def test_required_of_staff_the_last_one_stays(practice: Any) -> None:
    person = SignedIn(practice, nurse(practice.hire()))
    key, _codes = person.app_is_on()
    practice.require_of_staff()
    assert shown(person)["required"]
    with pytest.raises(contract.FactorRequired):
        person.remove(code_of(key, practice.now), "app")


# ---- by text


def by_text(practice: Any) -> SignedIn:
    person = maria(practice)
    started = person.start("text")
    assert started["mobile_hint"] == "•••42"
    person.confirm(texted(practice), "text")
    return person


def test_a_code_by_text_is_sealed_for_its_person_and_confirms(practice: Any) -> None:
    person = by_text(practice)
    assert shown(person)["text_since"] == practice.now
    (event,) = practice.announced("SignInCodeIssued")
    assert (event["person"], event["person_id"]) == ("patient", str(person.actor.patient_id))
    assert texted(practice) not in practice.value("SELECT string_agg(o::text, '') FROM outbox o")


def test_without_a_number_there_is_nowhere_to_text(practice: Any) -> None:
    with pytest.raises(contract.NowhereToText):
        SignedIn(practice, nurse(practice.hire())).start("text")


def test_texts_do_not_follow_one_another_at_will(practice: Any) -> None:
    person = maria(practice)
    person.start("text")
    with pytest.raises(contract.TooManyTries) as soon:
        person.text_me()
    assert soon.value.facts == {"seconds": 60}
    practice.later(minutes=1)
    first = texted(practice)
    person.text_me()
    assert texted(practice) != first or len(practice.announced("SignInCodeIssued")) == 2


def test_only_the_newest_text_is_good_for_ten_minutes_and_once(practice: Any) -> None:
    person = by_text(practice)
    person.text_me()
    old = texted(practice)
    practice.later(minutes=9)
    person.text_me()
    newest = texted(practice)
    secret = challenge(practice)["challenge"]
    if old != newest:
        with pytest.raises(contract.WrongCode):
            finish(practice, secret, "text", old)
    assert finish(practice, secret, "text", newest)["session"]
    with pytest.raises(contract.WrongCode):
        finish(practice, challenge(practice)["challenge"], "text", newest)


def test_a_text_is_too_old_after_ten_minutes(practice: Any) -> None:
    person = by_text(practice)
    person.text_me()
    practice.later(minutes=10)
    with pytest.raises(contract.WrongCode):
        finish(practice, challenge(practice)["challenge"], "text", texted(practice))


def test_five_wrong_tries_end_a_text(practice: Any) -> None:
    person = by_text(practice)
    person.text_me()
    wrong = f"{(int(texted(practice)) + 1) % 1_000_000:06}"
    secret = challenge(practice)["challenge"]
    for _ in range(5):
        with pytest.raises(contract.WrongCode):
            finish(practice, secret, "text", wrong)
    practice.now += timedelta(minutes=1)
    with pytest.raises(contract.WrongCode):
        finish(practice, secret, "text", texted(practice))


def test_whoever_came_in_without_it_is_signed_out_when_it_is_turned_on_or_off(
    practice: Any,
) -> None:
    person = maria(practice)
    here, _library = practice.sign_in(LOGIN), practice.sign_in(LOGIN)
    person = replace(person, actor=replace(person.actor, session_id=here["session_id"]))
    running = "SELECT count(*) FROM session WHERE ended_at IS NULL"
    key, _codes = person.app_is_on()
    assert practice.value(running) == 1
    [ended] = practice.announced("SessionsEnded")
    assert ended["session_ids"] != [str(here["session_id"])]
    finish(practice, challenge(practice)["challenge"], "app", code_of(key, practice.now))
    practice.later(seconds=60)
    person.remove(code_of(key, practice.now), "app")
    assert practice.value(running) == 1
