"""Settings, signing in: another password, for patients and for staff."""

from __future__ import annotations

from typing import Any

import pytest

from portico_contracts import identity
from portico_contracts.messaging import QueueCounts

from .canned import COUNTS

AT = {"maria": "/account/sign-in", "dana": "/staff/account/sign-in"}
NEW = "plum river lantern quilt"


@pytest.fixture(params=AT)
def someone(services: Any, sign_in: Any, request: Any) -> tuple[Any, str]:
    services.answers[QueueCounts] = COUNTS
    return sign_in(request.param), AT[request.param]


def test_it_is_changed_and_said_so(services: Any, someone: Any) -> None:
    browser, base = someone
    services.answers[identity.ChangePassword] = {"ended": 2}
    page = browser.get(f"{base}/password").text
    assert 'autocomplete="current-password"' in page and 'autocomplete="new-password"' in page
    answer = browser.submit(f"{base}/password", password="old", new_password=NEW)
    assert answer.headers["location"] == f"{base}?done=password-new"
    [asked] = services.requests(identity.ChangePassword)
    assert (asked.password, asked.new_password) == ("old", NEW)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (identity.WrongPassword(), "That is not your password."),
        (identity.WeakPassword(reason="common"), "Many people use this password."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_comes_back(
    services: Any, someone: Any, refusal: Any, told: str
) -> None:
    browser, base = someone
    services.answers[identity.ChangePassword] = refusal
    answer = browser.submit(f"{base}/password", password="old-secret", new_password="new-secret")
    assert answer.status_code == 422 and told in answer.text
    assert "old-secret" not in answer.text and "new-secret" not in answer.text


def test_empty_fields_and_endless_ones_are_answered(services: Any, someone: Any) -> None:
    browser, base = someone
    services.answers[identity.ChangePassword] = identity.WrongPassword()
    assert browser.submit(f"{base}/password").status_code == 422
    longest = browser.submit(f"{base}/password", password="x" * 5000, new_password="y" * 5000)
    assert longest.status_code == 422
