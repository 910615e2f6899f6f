"""The second factor, attacked: half a sign-in opens nothing, codes are not guessed nor replayed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pyotp
import pytest

from gateway.api.table import OPERATIONS
from portico_kit.clock import now

LENA = "lena@cedargrove.example"


@pytest.fixture
def client(portal) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{portal.url}/api/v1", timeout=20) as made:
        yield made


@pytest.fixture
def app(portal, client, accounts) -> pyotp.TOTP:
    """Lena's authenticator app; others sign in as before when the test is over."""
    session = sign_in(client, portal).json()["session"]
    bearer = {"Authorization": f"Bearer {session}"}
    asked = {"factor": "app", "password": portal.password}
    key = client.post("/account/second-factors", json=asked, headers=bearer).json()["key"]
    made = pyotp.TOTP(key)
    first = {"factor": "app", "code": made.at(now())}
    done = client.post("/account/second-factors/confirm", json=first, headers=bearer)
    assert len(done.json()["codes"]) == 10
    return made


def sign_in(client: httpx.Client, portal: Any) -> httpx.Response:
    return client.post("/sessions", json={"login": LENA, "password": portal.password})


def challenge(client: httpx.Client, portal: Any) -> str:
    answer = sign_in(client, portal)
    assert (answer.status_code, answer.json()["code"]) == (401, "SecondFactorNeeded")
    return str(answer.json()["challenge"])


def finish(client: httpx.Client, secret: str, code: str, **more: Any) -> httpx.Response:
    asked = {"challenge": secret, "way": "app", "code": code}
    return client.post("/sessions/second-step", json=asked, **more)


def test_a_challenge_is_no_session_anywhere(portal, client, app):
    secret = challenge(client, portal)
    for operation in (op for op in OPERATIONS if not op.open and "{" not in op.path):
        headers = {"Authorization": f"Bearer {secret}"}
        answer = client.request(operation.method, operation.path, headers=headers)
        assert answer.status_code == 401, operation.path
    page = httpx.get(f"{portal.url}/staff", cookies={"portico": secret}, timeout=20)
    assert page.headers["location"].startswith("/sign-in")
    started = client.post("/sessions/second-step/set-up", json={"challenge": secret})
    assert (started.status_code, started.json()["code"]) == (410, "ChallengeEnded")


def test_a_code_is_not_replayed_nor_a_challenge_carried_to_another_browser(portal, client, app):
    code = app.at(now(), counter_offset=1)
    stolen = finish(client, challenge(client, portal), code, headers={"User-Agent": "another"})
    assert stolen.json()["code"] == "ChallengeEnded"
    secret = challenge(client, portal)
    assert finish(client, secret, code).status_code == 201
    assert finish(client, secret, code).json()["code"] == "ChallengeEnded"
    assert finish(client, challenge(client, portal), code).json()["code"] == "WrongCode"


def test_five_wrong_codes_end_the_guessing_whatever_is_tried_next(portal, client, app):
    right = app.at(now(), counter_offset=1)
    wrong = f"{(int(right) + 500_000) % 1_000_000:06}"
    said = [finish(client, challenge(client, portal), wrong).json()["code"] for _ in range(5)]
    assert said == ["WrongCode"] * 5
    held = finish(client, challenge(client, portal), right)
    assert (held.status_code, held.json()["code"]) == (429, "TooManyTries")
    assert int(held.headers["Retry-After"]) <= 60
