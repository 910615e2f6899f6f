"""Settings, signing in: for patients and for staff, by the pages."""

from __future__ import annotations

from typing import Any

import pytest

from portico_contracts import identity
from portico_contracts.messaging import QueueCounts

from .canned import AT, COUNTS

OFF = {"app_since": None, "text_since": None, "mobile_hint": "•••42", "recovery_codes_left": 0,
       "required": False}  # fmt: skip
ON = {**OFF, "app_since": AT, "recovery_codes_left": 2}
KEY = "JBSWY3DPEHPK3PXP"
STARTED = {"factor": "app", "key": KEY, "address": f"otpauth://totp/x?secret={KEY}",
           "mobile_hint": None, "until": None}  # fmt: skip
CODES = [f"K7Q{n}-M9XD" for n in range(10)]
PATIENT, STAFF = "/account/sign-in", "/staff/account/sign-in"
PROOF = {"password": "right", "way": "app", "code": "123456"}


def test_patients_and_staff_see_what_is_on(services: Any, maria: Any, dana: Any) -> None:
    services.answers[identity.ShowSecondFactors] = OFF
    assert f'href="{PATIENT}/set-up?factor=app"' in maria.get(PATIENT).text
    assert f'href="{STAFF}/set-up?factor=text"' in dana.get(STAFF).text
    assert maria.get(STAFF).status_code == dana.get(PATIENT).status_code == 404


def test_two_recovery_codes_left_are_warned_of(services: Any, maria: Any) -> None:
    services.answers[identity.ShowSecondFactors] = ON
    assert "You have 2 recovery codes left." in maria.get(PATIENT).text


@pytest.mark.parametrize("person", ["maria", "dana"])
def test_a_set_up_shows_picture_and_key_and_then_the_codes_once(
    services: Any, sign_in: Any, person: str
) -> None:
    browser, base = sign_in(person), PATIENT if person == "maria" else STAFF
    services.answers[identity.ShowSecondFactors] = OFF
    services.answers[identity.StartSecondFactor] = STARTED
    services.answers[identity.ConfirmSecondFactor] = {"codes": CODES}
    assert browser.get(f"{base}/set-up?factor=app").status_code == 200
    page = browser.submit(f"{base}/set-up", factor="app", password="right")
    assert 'class="qr"' in page.text and "style=" not in page.text
    assert page.headers["cache-control"] == "no-store"
    codes = browser.submit(f"{base}/confirm", factor="app", code="123456", key=KEY)
    assert all(code in codes.text for code in CODES)


def test_after_a_wrong_first_code_the_picture_is_still_there(services: Any, maria: Any) -> None:
    services.answers[identity.ConfirmSecondFactor] = identity.WrongCode()
    given = {"factor": "app", "code": "000000", "key": KEY, "address": STARTED["address"]}
    answer = maria.submit(f"{PATIENT}/confirm", **given)
    assert answer.status_code == 422
    assert 'class="qr"' in answer.text and "<span>JBSW</span>" in answer.text


def test_a_key_that_no_picture_holds_breaks_nothing(services: Any, maria: Any) -> None:
    services.answers[identity.ConfirmSecondFactor] = identity.WrongCode()
    given = {"factor": "app", "code": "0", "key": "<b>" * 90, "address": "\u202e<script>" * 300}
    answer = maria.submit(f"{PATIENT}/confirm", **given)
    assert answer.status_code == 422
    assert "<script>" not in answer.text and "<b>" not in answer.text


def test_a_second_one_brings_no_new_codes(services: Any, maria: Any) -> None:
    services.answers[identity.ConfirmSecondFactor] = {"codes": []}
    answer = maria.submit(f"{PATIENT}/confirm", factor="text", code="123456")
    assert answer.headers["location"] == f"{PATIENT}?done=factor-on"


def test_what_is_on_is_not_set_up_again(services: Any, maria: Any) -> None:
    services.answers[identity.ShowSecondFactors] = ON
    assert maria.get(f"{PATIENT}/set-up?factor=app").headers["location"] == PATIENT
    assert maria.get(f"{PATIENT}/set-up?factor=text").status_code == 200


def test_the_staffs_page_has_the_menu_around_it(services: Any, dana: Any) -> None:
    services.answers[identity.ShowSecondFactors] = OFF
    services.answers[QueueCounts] = COUNTS
    assert 'href="/staff/q/refills"' in dana.get(STAFF).text


def test_turning_off_asks_for_password_and_code(services: Any, maria: Any) -> None:
    services.answers[identity.ShowSecondFactors] = ON
    services.answers[identity.RemoveSecondFactor] = identity.WrongPassword()
    answer = maria.submit(f"{PATIENT}/off", factor="app", **PROOF)
    assert answer.status_code == 422 and "That is not your password" in answer.text
    services.answers[identity.RemoveSecondFactor] = OFF
    answer = maria.submit(f"{PATIENT}/off", factor="app", **PROOF)
    assert answer.headers["location"] == f"{PATIENT}?done=factor-off"


def test_the_last_one_stays_where_the_practice_wants_it(services: Any, dana: Any) -> None:
    services.answers[identity.ShowSecondFactors] = {**ON, "required": True}
    services.answers[identity.RemoveSecondFactor] = identity.FactorRequired()
    answer = dana.submit(f"{STAFF}/off", factor="app", **PROOF)
    assert answer.status_code == 422 and "so it stays on" in answer.text


def test_new_codes_are_shown_after_the_proof(services: Any, maria: Any) -> None:
    services.answers[identity.ShowSecondFactors] = ON
    services.answers[identity.RenewRecoveryCodes] = {"codes": CODES}
    assert "Your old codes stop working." in maria.get(f"{PATIENT}/codes").text
    assert CODES[9] in maria.submit(f"{PATIENT}/codes", **PROOF).text


def test_a_text_for_a_change_leads_back_to_it(services: Any, maria: Any) -> None:
    services.answers[identity.TextMeACode] = {"mobile_hint": "•••42", "until": AT}
    answer = maria.submit(f"{PATIENT}/text", page="off", factor="text")
    assert answer.headers["location"] == f"{PATIENT}/off?factor=text&done=code-sent"
