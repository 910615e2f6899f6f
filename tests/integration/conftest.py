"""People of the sandbox practice, asking by the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest


@dataclass
class Person:
    """Somebody signed in by the API."""

    client: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        """The answer, which must be a success."""
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, key: str | None = None, **body: Any) -> httpx.Response:
        """The answer, whatever it is."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(path, json=body, headers=headers)


@pytest.fixture(scope="session")
def person(portal) -> Iterator[Callable[[str], Person]]:
    """``person("maria")``: signed in once a run."""
    known: dict[str, Person] = {}

    def sign_in(name: str) -> Person:
        if name not in known:
            client = httpx.Client(base_url=f"{portal.url}/api/v1", timeout=30)
            given = {"login": f"{name}@cedargrove.example", "password": portal.password}
            session = client.post("/sessions", json=given).json()["session"]
            client.headers["Authorization"] = f"Bearer {session}"
            known[name] = Person(client)
        return known[name]

    yield sign_in
    for each in known.values():
        each.client.close()
