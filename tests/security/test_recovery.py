"""Getting back in, attacked: nobody learns who has an account, and no way back opens another's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

MARIA, ELENA, LENA = (f"{name}@cedargrove.example" for name in ("maria", "elena", "lena"))
NOBODY = "nobody@cedargrove.example"
BORN = "1968-03-04"
NEW = "plum river lantern quilt"


@pytest.fixture
def client(portal, accounts) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{portal.url}/api/v1", timeout=20) as made:
        yield made


@pytest.fixture
def bearer(portal, client) -> Any:
    """``bearer("tom")``: the header of somebody who is signed in."""

    def sign_in(name: str) -> dict[str, str]:
        login = f"{name}@cedargrove.example"
        answer = client.post("/sessions", json={"login": login, "password": portal.password})
        return {"Authorization": f"Bearer {answer.json()['session']}"}

    return sign_in


def person_id(accounts: psycopg.Connection, login: str) -> str:
    asked = "SELECT person_id FROM account JOIN login ON account_id = account.id WHERE value = %s"
    [found] = accounts.execute(asked, (login,)).fetchone() or [None]
    return str(found)


@pytest.fixture
def code(accounts, client, bearer) -> str:
    """A code that Tom made for Maria."""
    at = f"/patients/{person_id(accounts, MARIA)}/recovery-code"
    answer = client.post(at, json={"proof": "photo_id"}, headers=bearer("tom"))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def prove(client: httpx.Client, login: str, code: str, born: str | None = BORN) -> httpx.Response:
    asked = {"login": login, "code": code, "birth_date": born}
    return client.post("/recoveries/code", json=asked)


def choose(client: httpx.Client, secret: str, password: str = NEW) -> httpx.Response:
    return client.post("/recoveries/password", json={"secret": secret, "password": password})


def plain(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, {k: v for k, v in answer.json().items() if k != "reference"}


def test_no_answer_tells_who_has_an_account(client, code):
    asked = [client.post("/recoveries/link", json={"login": login}) for login in (MARIA, NOBODY)]
    assert plain(asked[0]) == plain(asked[1]) == (202, {"minutes": 30})
    # With an open code, without one, of staff, and no account at all.
    refused = [plain(prove(client, login, "AAAA-AAAA")) for login in (MARIA, ELENA, LENA, NOBODY)]
    assert refused[0][0] == 422 and refused[0][1]["code"] == "RefusedRecovery"
    assert all(each == refused[0] for each in refused)


def test_one_persons_code_opens_no_other_account(client, code):
    for login, born in ((ELENA, BORN), (ELENA, None), (LENA, None), (NOBODY, BORN)):
        assert prove(client, login, code, born).status_code == 422
    assert prove(client, MARIA, code, None).status_code == 422
    assert prove(client, MARIA, code).status_code == 200


def test_no_code_claim_or_link_is_replayed(portal, client, code):
    claim = prove(client, MARIA, code).json()["claim"]
    assert choose(client, claim).status_code == 200
    assert choose(client, claim, "another lantern by the river").json()["code"] == "RecoveryEnded"
    assert prove(client, MARIA, code).json()["code"] == "RefusedRecovery"
    old = client.post("/sessions", json={"login": MARIA, "password": portal.password})
    assert old.status_code == 401


def test_one_claim_used_by_many_at_once_changes_one_password(client, code):
    claim = prove(client, MARIA, code).json()["claim"]
    words = [f"{NEW} number {n}" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        said = [a.status_code for a in pool.map(lambda w: choose(client, claim, w), words)]
    assert sorted(said) == [200, *[410] * 5]
    tried = [client.post("/sessions", json={"login": MARIA, "password": w}) for w in words]
    assert [a.status_code for a in tried].count(201) == 1


def test_guesses_made_at_once_share_no_try(client, code):
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda n: prove(client, MARIA, f"AAAA-AAA{n % 8 + 2}"), range(12)))
    assert prove(client, MARIA, code).json()["code"] == "RefusedRecovery"


def test_a_link_or_claim_is_no_session_nor_a_challenge(portal, client, code):
    claim = prove(client, MARIA, code).json()["claim"]
    answer = client.get("/account", headers={"Authorization": f"Bearer {claim}"})
    assert answer.status_code == 401
    asked = {"challenge": claim, "way": "recovery", "code": code}
    assert client.post("/sessions/second-step", json=asked).json()["code"] == "ChallengeEnded"
    assert client.post("/recoveries/link/open", json={"link": claim}).json()["code"] == (
        "RecoveryEnded"
    )


def test_no_secret_stands_in_the_database_or_the_logs(portal, accounts, client, code):
    claim = prove(client, MARIA, code).json()["claim"]
    tables = ("recovery", "tries", "outbox", "audit_row", "idempotency")
    kept = "".join(str(accounts.execute(f"SELECT * FROM {t}").fetchall()) for t in tables)
    for secret in (code, code.replace("-", ""), claim):
        assert secret not in kept and secret not in portal.logs()


def test_nobody_makes_a_code_for_themselves_or_for_whom_they_may_not_help(accounts, client, bearer):
    ruths = person_id(accounts, "ruth@cedargrove.example")
    toms = person_id(accounts, "tom@cedargrove.example")
    marias = person_id(accounts, MARIA)
    asked = {"proof": "photo_id"}
    for name, at in (
        ("ruth", f"/staff/{ruths}/recovery-code"),
        ("tom", f"/staff/{toms}/recovery-code"),
        ("tom", f"/staff/{ruths}/recovery-code"),
        ("amara", f"/patients/{marias}/recovery-code"),
        ("maria", f"/patients/{marias}/recovery-code"),
    ):
        answer = client.post(at, json=asked, headers=bearer(name))
        assert (answer.status_code, answer.json()["code"]) == (403, "NotAllowed"), (name, at)
    for name, at in (("tom", f"/patients/{ruths}"), ("ruth", f"/staff/{marias}")):
        answer = client.post(f"{at}/recovery-code", json=asked, headers=bearer(name))
        assert answer.status_code in (404, 409), (name, at)
