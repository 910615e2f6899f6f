"""Signing in with a second factor, by the pages: before the code there is no session."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.pages.second_step import CHALLENGE_COOKIE
from portico_contracts import identity

from .canned import AT, key
from .conftest import Stranger

SECRET = "c" * 43
SESSION = {
    "session": "maria-" + "s" * 40, "session_id": key(1), "kind": "patient", "account_id": key(2),
    "ends_at": AT, "idle_minutes": 30,
}  # fmt: skip


def needed(*ways: str, set_up: bool = False) -> identity.SecondFactorNeeded:
    return identity.SecondFactorNeeded(
        challenge=SECRET, until=AT, ways=list(ways), mobile_hint="•••42", set_up=set_up
    )


def test_the_right_password_leads_to_the_code_and_sets_no_session(
    services: Any, stranger: Stranger
) -> None:
    services.answers[identity.SignIn] = needed("app", "recovery")
    answer = stranger.type_password(next="/me/health/results?show=new")
    where = urlsplit(answer.headers["location"])
    assert (answer.status_code, where.path) == (303, "/sign-in/code")
    assert parse_qs(where.query) == {"next": ["/me/health/results?show=new"]}
    assert "portico" not in stranger.cookies
    assert "HttpOnly" in answer.headers["set-cookie"]
    page = stranger.get(answer.headers["location"]).text
    assert "authenticator app" in page and "Use a recovery code" in page
    assert "Use a text" not in page and SECRET not in page
    assert stranger.get("/me/").headers["location"].startswith("/sign-in")


def test_the_code_leads_in_to_the_page_that_was_wanted(services: Any, stranger: Stranger) -> None:
    services.answers[identity.SignIn] = needed("app", "recovery")
    services.answers[identity.FinishSignIn] = {**SESSION, "recovery_codes_left": 10}
    stranger.type_password()
    answer = stranger.submit("/sign-in/code", way="app", code="123 456", next="/me/bills")
    assert answer.headers["location"] == "/me/bills"
    assert stranger.cookies["portico"] == SESSION["session"]
    assert CHALLENGE_COOKIE not in stranger.cookies
    [asked] = services.requests(identity.FinishSignIn)
    assert (asked.challenge, asked.way, asked.code) == (SECRET, "app", "123 456")


@pytest.mark.parametrize(("left", "said"), [(9, "Cross it out"), (2, "2 recovery codes left")])
def test_a_used_recovery_code_is_told_of(
    services: Any, stranger: Stranger, left: int, said: str
) -> None:
    services.answers[identity.SignIn] = needed("app", "recovery")
    services.answers[identity.FinishSignIn] = {**SESSION, "recovery_codes_left": left}
    stranger.type_password()
    answer = stranger.submit("/sign-in/code", way="recovery", code="K7Q2-M9XD")
    assert said in stranger.get(answer.headers["location"]).text


def test_a_wrong_code_is_said_plainly_beside_the_field(services: Any, stranger: Stranger) -> None:
    services.answers[identity.SignIn] = needed("app", "recovery")
    services.answers[identity.FinishSignIn] = identity.WrongCode()
    stranger.type_password()
    answer = stranger.submit("/sign-in/code", way="app", code="000000")
    assert answer.status_code == 422
    assert "wrong, too old, or was used before" in answer.text
    assert "portico" not in stranger.cookies


def test_too_many_tries_say_how_long_to_wait(services: Any, stranger: Stranger) -> None:
    services.answers[identity.SignIn] = needed("app", "recovery")
    services.answers[identity.FinishSignIn] = identity.TooManyTries(seconds=60)
    stranger.type_password()
    answer = stranger.submit("/sign-in/code", way="app", code="000000")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_a_challenge_that_is_over_leads_back_and_says_why(
    services: Any, stranger: Stranger
) -> None:
    services.answers[identity.SignIn] = needed("app", "recovery")
    services.answers[identity.FinishSignIn] = identity.ChallengeEnded()
    stranger.type_password()
    answer = stranger.submit("/sign-in/code", way="app", code="000000")
    assert "Please sign in again." in stranger.get(answer.headers["location"]).text


@pytest.mark.parametrize("cookie", ["", "x", ".app.", "é" * 40, "a" * 300])
def test_a_made_up_cookie_opens_no_page(stranger: Stranger, cookie: str) -> None:
    sent = {"cookie": f"{CHALLENGE_COOKIE}={cookie}".encode()}
    for path in ("/sign-in/code", "/sign-in/set-up"):
        answer = stranger.get(path, headers=sent)  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_text_is_sent_on_wish(services: Any, stranger: Stranger) -> None:
    services.answers[identity.SignIn] = needed("text", "recovery")
    services.answers[identity.TextSignInCode] = {"mobile_hint": "•••42", "until": AT}
    stranger.type_password()
    assert "ends in 42" in stranger.get("/sign-in/code").text
    answer = stranger.submit("/sign-in/code/text", next="/me/bills")
    page = stranger.get(answer.headers["location"]).text
    assert "We sent you a text." in page and 'value="/me/bills"' in page


def test_staff_who_must_have_one_set_it_up_before_anything_else(
    services: Any, stranger: Stranger
) -> None:
    services.answers[identity.SignIn] = needed(set_up=True)
    services.answers[identity.StartFactorAtSignIn] = {
        "factor": "app", "key": "JBSWY3DPEHPK3PXP", "mobile_hint": None, "until": None,
        "address": "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
    }  # fmt: skip
    fresh = {**SESSION, "session": "dana-" + "s" * 40, "kind": "staff"}
    codes = [f"K7Q{n}-M9XD" for n in range(10)]
    services.answers[identity.FinishFactorAtSignIn] = {**fresh, "recovery_codes": codes}
    assert stranger.type_password().headers["location"].startswith("/sign-in/set-up")
    assert "portico" not in stranger.cookies
    page = stranger.submit("/sign-in/set-up").text
    assert 'class="qr"' in page and "<span>JBSW</span>" in page
    answer = stranger.submit("/sign-in/set-up/confirm", code="123456", key="JBSWY3DPEHPK3PXP")
    assert re.findall(r"<li>(K7Q\d-M9XD)</li>", answer.text) == codes
    assert stranger.cookies["portico"] == fresh["session"]
