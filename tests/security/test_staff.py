"""Joining and leaving, attacked: nobody makes themselves staff, and who left is out at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from portico_kit.ids import new_id
from portico_kit.testing.waiting import eventually

PASSWORD = "plum river lantern quilt"


@pytest.fixture
def client(portal, accounts) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{portal.url}/api/v1", timeout=20) as made:
        yield made


@pytest.fixture
def joined(portal, client, person) -> Callable[[], tuple[str, dict[str, str]]]:
    """``joined()``: a new nurse's staff id, and the header of her session."""

    def join() -> tuple[str, dict[str, str]]:
        login = f"nina.{new_id().hex[-12:]}@cedargrove.example"
        asked = {"first_name": "Nina", "last_name": "Duarte", "roles": ["nurse"], "email": login}
        added = person("ruth").client.post("/staff", json=asked)
        assert added.status_code == 201, added.text
        token = portal.mail(login)["text"].partition("/join/")[2].split()[0]
        chosen = {"secret": token, "password": PASSWORD}
        assert client.post("/recoveries/password", json=chosen).status_code == 200
        signed_in = client.post("/sessions", json={"login": login, "password": PASSWORD})
        return added.json()["staff_id"], {"Authorization": f"Bearer {signed_in.json()['session']}"}

    return join


def test_who_left_is_out_on_every_way_at_once(client, person, joined):
    staff_id, bearer = joined()
    assert client.get("/queues", headers=bearer).status_code == 200
    left = person("ruth").client.post(f"/staff/{staff_id}/leave", json={})
    assert left.json() == {"sessions_ended": 1}
    eventually(lambda: client.get("/queues", headers=bearer).status_code == 401)
    again = person("ruth").client.post(f"/staff/{staff_id}/leave", json={})
    assert again.status_code == 404


def test_a_role_that_was_taken_away_opens_nothing_with_the_next_token(client, person, joined):
    staff_id, bearer = joined()
    changed = person("ruth").client.put(f"/staff/{staff_id}/roles", json={"roles": ["billing"]})
    assert changed.json()["roles"] == ["billing"]
    # No token of hers has been asked for yet: the first one that the gateway gets is the next.
    queues = client.get("/queues", headers=bearer).json()["queues"]
    assert [queue["queue"] for queue in queues] == ["billing"]
    person("ruth").client.post(f"/staff/{staff_id}/leave", json={})


@pytest.mark.parametrize("name", ["maria", "dana", "tom", "amara"])
def test_nobody_but_the_administrator_adds_changes_or_lets_go(person, name: str):
    client = person(name).client
    ruth = person("ruth").client.get("/account").json()["account_id"]
    asked: dict[str, Any] = {"first_name": "N", "last_name": "D", "roles": ["nurse"],
                             "email": f"{new_id().hex}@mail.example"}  # fmt: skip
    tried = [
        client.post("/staff", json=asked),
        client.get(f"/staff/{ruth}"),
        client.post(f"/staff/{ruth}/link", json={}),
        client.put(f"/staff/{ruth}/roles", json={"roles": ["nurse"]}),
        client.post(f"/staff/{ruth}/leave", json={}),
    ]
    assert {answer.status_code for answer in tried} == {403}, [a.text for a in tried]


@pytest.mark.parametrize(
    "more",
    [{"staff_id": str(new_id())}, {"password_hash": "x"}, {"state": "active"}, {"roles": ["king"]},
     {"roles": "nurse"}, {"language": "fr"}],
)  # fmt: skip
def test_an_account_is_made_of_nothing_but_its_fields(person, more: dict[str, Any]):
    asked = {"first_name": "N", "last_name": "D", "roles": ["nurse"],
             "email": f"{new_id().hex}@mail.example"}  # fmt: skip
    answer = person("ruth").client.post("/staff", json={**asked, **more})
    assert answer.status_code in (400, 422), answer.text


def test_ruth_neither_leaves_nor_gives_up_her_role(person):
    ruth = person("ruth").client
    own = ruth.get("/account").json()["account_id"]
    refused = [
        ruth.post(f"/staff/{own}/leave", json={}),
        ruth.put(f"/staff/{own}/roles", json={"roles": ["nurse"]}),
    ]
    assert [answer.status_code for answer in refused] == [409, 409]
