"""The second step of signing in: a challenge is no session, and is good for one thing, once."""

from typing import Any

import pytest

from identity.commands import second_step, sessions
from identity.config import IdentitySettings
from portico_contracts import identity as contract
from portico_contracts.refusal import SignInNeeded
from portico_kit.settings import SettingsMissing
from portico_kit.testing import keys

from .second_steps import (
    DEVICE,
    LOGIN,
    SignedIn,
    challenge,
    code_of,
    finish,
    maria,
    nurse,
    texted,
)

DANA = "dana@cedargrove.example"


def set_up(practice: Any, secret: str) -> Any:
    request = contract.StartFactorAtSignIn(challenge=secret)
    return second_step.start_factor_at_sign_in(practice, request)


def finish_set_up(practice: Any, secret: str, code: str) -> Any:
    request = contract.FinishFactorAtSignIn(challenge=secret, code=code, device=DEVICE)
    return second_step.finish_factor_at_sign_in(practice, request)


def test_the_right_password_alone_starts_no_session(practice: Any) -> None:
    maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    assert practice.value("SELECT count(*) FROM session") == 0
    request = contract.OpenToken(session=secret)
    with pytest.raises(SignInNeeded), practice.transaction() as tx:
        sessions.open_token(tx, request, now=practice.now)


def test_a_wrong_password_is_told_the_same_with_a_second_factor_and_without(practice: Any) -> None:
    maria(practice).app_is_on()
    practice.enrol("elena@cedargrove.example")
    said = []
    for login in (LOGIN, "elena@cedargrove.example", "nobody@cedargrove.example"):
        with pytest.raises(contract.RefusedSignIn) as refusal:
            practice.sign_in(login, "not the right password")
        said.append((str(refusal.value), refusal.value.facts))
    assert said[0] == said[1] == said[2]


def test_a_challenge_is_kept_as_a_hash_and_used_once(practice: Any) -> None:
    key, codes = maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    assert secret not in practice.value("SELECT string_agg(c::text, '') FROM challenge c")
    finish(practice, secret, "app", code_of(key, practice.now))
    with pytest.raises(contract.ChallengeEnded):
        finish(practice, secret, "recovery", codes[0])


def test_a_challenge_is_too_old_after_ten_minutes(practice: Any) -> None:
    _key, codes = maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    practice.later(minutes=10)
    with pytest.raises(contract.ChallengeEnded):
        finish(practice, secret, "recovery", codes[0])
    with practice.transaction() as tx:
        second_step.forget_old_challenges(tx, now=practice.now)
    assert practice.value("SELECT count(*) FROM challenge") == 0


def test_a_challenge_is_good_on_its_own_device_alone(practice: Any) -> None:
    _key, codes = maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    with pytest.raises(contract.ChallengeEnded):
        finish(practice, secret, "recovery", codes[0], device="Another browser")


def test_a_made_up_challenge_is_refused(practice: Any) -> None:
    with pytest.raises(contract.ChallengeEnded):
        finish(practice, "x" * 43, "app", "123456")


def test_one_persons_codes_do_not_answer_anothers_challenge(practice: Any) -> None:
    maria(practice).app_is_on()
    dana = SignedIn(practice, nurse(practice.hire()))
    key, codes = dana.app_is_on()
    secret = challenge(practice)["challenge"]
    for way, code in (("app", code_of(key, practice.now)), ("recovery", codes[0])):
        with pytest.raises(contract.WrongCode):
            finish(practice, secret, way, code)  # type: ignore[arg-type]


def test_five_wrong_codes_hold_the_account_up_over_all_its_challenges(practice: Any) -> None:
    _key, codes = maria(practice).app_is_on()
    for _ in range(5):
        with pytest.raises(contract.WrongCode):
            finish(practice, challenge(practice)["challenge"], "app", "000000")
    with pytest.raises(contract.TooManyTries) as held:
        finish(practice, challenge(practice)["challenge"], "recovery", codes[0])
    assert held.value.facts == {"seconds": 60}
    assert len(practice.announced("AccountLocked")) == 1
    practice.later(minutes=1)
    assert finish(practice, challenge(practice)["challenge"], "recovery", codes[0])["session"]


def test_signing_in_anew_gives_a_guesser_no_new_tries(practice: Any) -> None:
    maria(practice).app_is_on()
    for _ in range(4):
        with pytest.raises(contract.WrongCode):
            finish(practice, challenge(practice)["challenge"], "app", "000000")
    assert practice.value("SELECT failures FROM tries WHERE scope = 'factor'") == 4


def test_a_text_is_sent_only_where_texts_are_on(practice: Any) -> None:
    person = maria(practice)
    _key, codes = person.app_is_on()
    asked = contract.TextSignInCode(challenge=challenge(practice)["challenge"])
    with pytest.raises(contract.NowhereToText):
        second_step.text_sign_in_code(practice, asked)
    person.start("text")
    person.confirm(texted(practice), "text")
    asked = contract.TextSignInCode(challenge=challenge(practice)["challenge"])
    assert second_step.text_sign_in_code(practice, asked)["mobile_hint"] == "•••42"
    assert finish(practice, asked.challenge, "text", texted(practice))["session"]
    assert codes


# ---- required of staff


def test_required_of_staff_it_is_set_up_before_anything_else(practice: Any) -> None:
    staff_id = practice.hire()
    practice.require_of_staff()
    asked = challenge(practice, DANA)
    assert (asked["set_up"], asked["ways"]) == (True, [])
    key = set_up(practice, asked["challenge"])["key"]
    entered = finish_set_up(practice, asked["challenge"], code_of(key, practice.now))
    assert entered["account_id"] == staff_id
    assert len(entered["recovery_codes"]) == 10
    assert challenge(practice, DANA)["set_up"] is False


def test_required_of_staff_nothing_but_the_set_up_leads_in(practice: Any) -> None:
    practice.hire()
    practice.require_of_staff()
    secret = challenge(practice, DANA)["challenge"]
    for way in ("app", "text", "recovery"):
        with pytest.raises(contract.WrongCode):
            finish(practice, secret, way, "123456")  # type: ignore[arg-type]
    assert practice.value("SELECT count(*) FROM session") == 0


def test_required_of_staff_is_not_required_of_patients(practice: Any) -> None:
    practice.enrol(LOGIN)
    practice.require_of_staff()
    assert practice.sign_in(LOGIN)["session"]


def test_a_password_alone_never_adds_a_factor_beside_one_that_is_on(practice: Any) -> None:
    maria(practice).app_is_on()
    secret = challenge(practice)["challenge"]
    with pytest.raises(contract.ChallengeEnded):
        set_up(practice, secret)
    with pytest.raises(contract.ChallengeEnded):
        finish_set_up(practice, secret, "123456")


def test_a_word_that_nobody_knows_does_not_pass_for_offered() -> None:
    with pytest.raises(SettingsMissing):
        IdentitySettings(
            database_url="", amqp_url="", token_public_key="", token_private_key="",
            master_keys=keys.MASTER_KEYS, transit_key="", pepper="", staff_second_factor="yes",
        )  # fmt: skip
