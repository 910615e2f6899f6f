"""Getting back in, by the pages: by a link, and by a code from the practice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.pages.recovery import CLAIM_COOKIE
from portico_contracts import identity

from .canned import AT
from .conftest import Stranger

MARIA = "maria@cedargrove.example"
TOKEN, CLAIM = "t" * 43, "c" * 43
LINK = f"/recover/link/{TOKEN}"
PASSWORD = "plum river lantern quilt"
PROOF = {"login": MARIA, "code": "k7q2 m9xd", "birth_month": "3", "birth_day": "4",
         "birth_year": "1968"}  # fmt: skip


@pytest.fixture(autouse=True)
def house(services: Any) -> None:
    services.answers |= {
        identity.AskForLink: {"minutes": 30},
        identity.OpenLink: {"login": MARIA, "until": AT},
        identity.OpenRecoveryCode: {"claim": CLAIM, "until": AT},
        identity.ChooseNewPassword: {"kind": "patient"},
    }


# ---- by a link


def test_the_password_page_leads_to_a_field_that_holds_what_was_typed(stranger: Stranger) -> None:
    page = stranger.submit("/sign-in", login=MARIA).text
    assert "Forgot your password?" in page and 'action="/forgot"' in page
    assert f'value="{MARIA}"' in stranger.submit("/forgot", login=MARIA).text


def test_asking_for_a_link_says_the_same_whoever_asks(services: Any, stranger: Stranger) -> None:
    said = []
    for login in (MARIA, "nobody@cedargrove.example", "not even a login"):
        answer = stranger.submit("/forgot/link", login=login)
        assert (answer.status_code, answer.headers["location"]) == (303, "/forgot/sent")
        said.append(stranger.get("/forgot/sent").text)
    assert said[0] == said[1] == said[2]
    assert "If there is an account, we have sent a link." in said[0]
    assert services.requests(identity.AskForLink)[0].login == MARIA


def test_an_empty_field_is_told_of_and_nothing_is_asked(services: Any, stranger: Stranger) -> None:
    answer = stranger.submit("/forgot/link", login=" ")
    assert answer.status_code == 422 and "Enter your email or mobile number" in answer.text
    assert services.requests(identity.AskForLink) == []


def test_asking_too_often_says_how_long_to_wait(services: Any, stranger: Stranger) -> None:
    services.answers[identity.AskForLink] = identity.TooManyTries(seconds=60)
    answer = stranger.submit("/forgot/link", login=MARIA)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_opening_the_link_only_looks(services: Any, stranger: Stranger) -> None:
    page = stranger.get(LINK)
    assert page.status_code == 200 and 'autocomplete="new-password"' in page.text
    assert f'action="{LINK}"' in page.text and f'value="{MARIA}"' in page.text
    assert services.requests(identity.ChooseNewPassword) == []


def test_a_new_password_leads_to_the_sign_in_page(services: Any, stranger: Stranger) -> None:
    answer = stranger.submit(LINK, password=PASSWORD)
    assert answer.headers["location"] == "/sign-in?done=password-changed"
    assert "Your password is changed. Sign in." in stranger.get(answer.headers["location"]).text
    [asked] = services.requests(identity.ChooseNewPassword)
    assert (asked.secret, asked.password) == (TOKEN, PASSWORD)
    assert "portico" not in stranger.cookies


def test_a_weak_password_is_told_why_and_the_login_stays(services: Any, stranger: Stranger) -> None:
    services.answers[identity.ChooseNewPassword] = identity.WeakPassword(reason="common")
    answer = stranger.submit(LINK, password="password1234567", login=MARIA)
    assert answer.status_code == 422
    assert "Many people use this password." in answer.text and f'value="{MARIA}"' in answer.text


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_link_that_has_ended_says_so_and_leads_to_a_new_one(
    services: Any, stranger: Stranger, when: str
) -> None:
    services.answers[identity.OpenLink] = identity.RecoveryEnded()
    services.answers[identity.ChooseNewPassword] = identity.RecoveryEnded()
    answer = stranger.get(LINK) if when == "before" else stranger.submit(LINK, password=PASSWORD)
    assert answer.status_code == 410
    assert "This link has ended" in answer.text and 'href="/forgot"' in answer.text


# ---- by a code


def test_every_sign_in_page_leads_to_the_code_from_the_practice(stranger: Stranger) -> None:
    pages = [stranger.get("/sign-in").text, stranger.submit("/sign-in", login=MARIA).text]
    assert all('href="/recover"' in page for page in pages)


def test_the_right_code_leads_to_a_new_password(services: Any, stranger: Stranger) -> None:
    page = stranger.submit("/recover", **PROOF)
    assert page.status_code == 200 and 'action="/recover/password"' in page.text
    assert CLAIM not in page.text and "HttpOnly" in page.headers["set-cookie"]
    [asked] = services.requests(identity.OpenRecoveryCode)
    assert (asked.code, asked.birth_date) == ("k7q2 m9xd", date(1968, 3, 4))
    answer = stranger.submit("/recover/password", password=PASSWORD, login=MARIA)
    assert answer.headers["location"] == "/sign-in?done=password-changed"
    assert CLAIM_COOKIE not in stranger.cookies
    [chosen] = services.requests(identity.ChooseNewPassword)
    assert chosen.secret == CLAIM


def test_staff_leave_the_birth_date_empty(services: Any, stranger: Stranger) -> None:
    given = {**PROOF, "birth_month": "", "birth_day": "", "birth_year": ""}
    assert stranger.submit("/recover", **given).status_code == 200
    [asked] = services.requests(identity.OpenRecoveryCode)
    assert asked.birth_date is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"login": ""}, "Enter your email"), ({"code": " "}, "Enter your code"),
     ({"birth_day": "x"}, "Enter your birth date")],
)  # fmt: skip
def test_what_is_missing_is_told_beside_its_field(
    services: Any, stranger: Stranger, changed: dict[str, str], said: str
) -> None:
    answer = stranger.submit("/recover", **{**PROOF, **changed})
    assert answer.status_code == 422 and said in answer.text
    assert services.requests(identity.OpenRecoveryCode) == []


def test_whatever_is_wrong_is_told_in_one_sentence(services: Any, stranger: Stranger) -> None:
    services.answers[identity.OpenRecoveryCode] = identity.RefusedRecovery()
    answer = stranger.submit("/recover", **PROOF)
    assert answer.status_code == 422
    assert "These do not fit together." in answer.text and 'value="k7q2 m9xd"' in answer.text
    assert CLAIM_COOKIE not in stranger.cookies


@pytest.mark.parametrize("cookie", ["", "x", "a" * 300])
def test_without_a_proof_that_is_good_the_code_is_asked_for_again(
    services: Any, stranger: Stranger, cookie: str
) -> None:
    services.answers[identity.ChooseNewPassword] = identity.RecoveryEnded()
    if cookie:
        stranger.cookies.set(CLAIM_COOKIE, cookie)
    answer = stranger.submit("/recover/password", password=PASSWORD)
    assert answer.headers["location"] == "/recover?done=recover-again"
    assert "Please type your code again." in stranger.get(answer.headers["location"]).text


def test_a_weak_password_after_a_code_keeps_the_proof(services: Any, stranger: Stranger) -> None:
    stranger.submit("/recover", **PROOF)
    services.answers[identity.ChooseNewPassword] = identity.WeakPassword(reason="short")
    answer = stranger.submit("/recover/password", password="x", login=MARIA)
    assert answer.status_code == 422 and "Use at least 15 characters." in answer.text
    assert CLAIM_COOKIE in stranger.cookies
