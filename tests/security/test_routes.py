"""Every route, out of the route table itself, as a stranger, the wrong patient and a wrong role."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.routing import Route

from gateway.api.operations import Operation
from gateway.api.table import OPERATIONS
from gateway.app import routes
from gateway.routing import Audience

PAGES = [r for r in routes() if isinstance(r, Route) and not r.path.startswith("/api")]
GUARDED = [r for r in PAGES if getattr(r, "audience", None) and r.audience.kind != "anyone"]
CLOSED = [op for op in OPERATIONS if not op.open]
SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")
ROLES = ("clinician", "nurse", "front_desk", "billing", "practice_administrator")
PEOPLE = {
    "maria": "maria@cedargrove.example",
    "elena": "elena@cedargrove.example",
    "dana": "dana@cedargrove.example",
    "tom": "tom@cedargrove.example",
    "amara": "amara@cedargrove.example",
    "ruth": "ruth@cedargrove.example",
}


def named(route: Route) -> str:
    return f"{'/'.join(sorted(route.methods - {'HEAD'}))} {route.path}"


def called(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@cache
def rules() -> dict[str, tuple[str, ...]]:
    """Who may call each request, as the services' own methods say it."""
    found = {}
    for service in SERVICES:
        module = import_module(f"{service}.service")
        desks = (getattr(m, "desk", None) for m in vars(_class(module, service)).values())
        found |= {
            f"{service}.{desk.order.method}": desk.rule.words for desk in desks if desk is not None
        }
    return found


def _class(module: Any, service: str) -> type[Any]:
    return next(
        c for c in vars(module).values()
        if isinstance(c, type) and getattr(c, "name", None) == service
    )  # fmt: skip


def for_patients(operation: Operation) -> bool:
    """Whether patients are answered at all."""
    words = rules()[f"{operation.order.service}.{operation.order.method}"]
    return any(w.startswith("patient") for w in words)


@dataclass
class Browser:
    """A person with the cookies or the bearer of a session."""

    client: httpx.Client
    session: str

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.session}", **options.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **options)


@pytest.fixture(scope="module")
def people(portal):
    """Everyone signed in by the API; pages get the same session as a cookie."""
    clients = []

    def sign_in(login: str) -> Browser:
        client = httpx.Client(base_url=portal.url, follow_redirects=False, timeout=20)
        clients.append(client)
        given = {"login": login, "password": portal.password}
        answer = client.post("/api/v1/sessions", json=given)
        assert answer.status_code == 201, answer.text
        client.cookies.set("portico", answer.json()["session"])
        return Browser(client, answer.json()["session"])

    yield {name: sign_in(login) for name, login in PEOPLE.items()}
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def stranger(portal):
    with httpx.Client(base_url=portal.url, follow_redirects=False, timeout=20) as client:
        yield client


def filled(path: str) -> str:
    path = path.replace("{who:who}", "me")
    path = re.sub(r"{\w+:uuid}", lambda _m: str(uuid4()), path)
    path = re.sub(r"{\w+:int}", "7", path)
    return re.sub(r"{(\w+)(:\w+)?}", "messages", path)


def unhelpful(answer: httpx.Response) -> bool:
    """Neither a stack trace nor another's data: our own error page or problem."""
    return "Traceback" not in answer.text and 'File "' not in answer.text


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_a_stranger_is_sent_to_sign_in(stranger, route):
    for method in sorted(route.methods - {"HEAD"}):
        answer = stranger.request(method, filled(route.path))
        if route.path.endswith("/live"):
            # A stream cannot be sent to another page: it ends, and the page asks again.
            assert answer.status_code == 401
            assert not answer.text
            continue
        assert answer.status_code == 303, answer.text[:300]
        assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_a_page_of_others_is_not_there(people, route):
    audience: Audience = route.audience
    wrong = [people["dana"]] if audience.kind == "patient" else [people["maria"]]
    if audience.roles:
        holders = {"dana": "nurse", "tom": "front_desk", "amara": "clinician",
                   "ruth": "practice_administrator"}  # fmt: skip
        wrong += [people[n] for n, role in holders.items() if role not in audience.roles
                  and not (n == "tom" and "billing" in audience.roles)]  # fmt: skip
    for person in wrong:
        for method in sorted(route.methods - {"HEAD"}):
            answer = person.client.request(method, filled(route.path))
            assert answer.status_code in (403, 404), (method, answer.text[:300])
            assert unhelpful(answer)


FORMS = [r for r in PAGES if "POST" in r.methods and not r.path.startswith("/webhooks")]


@pytest.mark.parametrize("route", FORMS, ids=named)
def test_a_form_without_its_secret_is_refused(people, route):
    kind = getattr(route, "audience", Audience("anyone")).kind
    person = people["amara"] if kind == "staff" else people["maria"]
    answer = person.client.post(filled(route.path), data={"csrf": "0" * 40, "body": "x"})
    assert answer.status_code in (403, 404), answer.text[:300]
    assert unhelpful(answer)


@pytest.mark.parametrize("operation", CLOSED, ids=called)
def test_the_api_answers_no_stranger(stranger, operation):
    answer = stranger.request(operation.method, "/api/v1" + filled(operation.path))
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "SignInNeeded"
    assert answer.json()["reference"]


@pytest.mark.parametrize("operation", CLOSED, ids=called)
def test_the_api_takes_no_made_up_bearer(stranger, operation):
    for bearer in ("x" * 43, "a.b.c" * 8, "'; DROP TABLE session; --" * 2):
        answer = stranger.request(
            operation.method,
            "/api/v1" + filled(operation.path),
            headers={"Authorization": f"Bearer {bearer}"},
        )
        assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("operation", CLOSED, ids=called)
def test_a_wrong_role_is_refused_by_the_owning_service(people, operation):
    words = rules()[f"{operation.order.service}.{operation.order.method}"]
    roles = {"dana": {"nurse"}, "tom": {"front_desk", "billing"}, "amara": {"clinician"},
             "ruth": {"practice_administrator"}}  # fmt: skip
    refused = [n for n, held in roles.items() if not _admits(words, held)]
    if not any(w.startswith("patient") or w in ("signed_in", "anonymous") for w in words):
        refused.append("maria")
    for name in refused:
        body = {} if operation.method in ("POST", "PUT") else None
        answer = people[name].api(operation.method, filled(operation.path), json=body)
        assert answer.status_code == 403, (name, words, answer.text)


def _admits(words: tuple[str, ...], held: set[str]) -> bool:
    staff = {w.removeprefix("staff:") for w in words if w.startswith("staff:")}
    return "anonymous" in words or "signed_in" in words or "*" in staff or bool(staff & held)


MARIAS = {
    "result_id": ("/results", "result_id"),
    "medication_id": ("/medicines", "medication_id"),
    "note_id": ("/notes", "note_id"),
    "document_id": ("/documents", "document_id"),
    "appointment_id": ("/visits", "appointment_id"),
    "conversation_id": ("/conversations", "conversation_id"),
    "statement_id": ("/statements", "statement_id"),
}
BODIES: dict[str, dict[str, Any]] = {
    "reply": {"body": "hello"},
    "start_payment": {"amount_cents": 100, "return_url": "{portal}/me/bills"},
}
WITH_IDS = [
    op for op in CLOSED if for_patients(op) and any(f"{{{name}}}" in op.path for name in MARIAS)
]
NAMING_A_PATIENT = [
    op for op in CLOSED if for_patients(op) and "patient_id" in op.request.__dataclass_fields__
]


@pytest.fixture(scope="module")
def marias(people) -> dict[str, str]:
    """One id of each kind of thing that is Maria's."""
    found = {}
    for name, (path, key) in MARIAS.items():
        items = people["maria"].api("GET", path).json()["items"]
        if items:
            found[name] = items[0][key]
    assert found.keys() == MARIAS.keys()
    return found


@pytest.mark.parametrize("operation", WITH_IDS, ids=called)
def test_another_patients_things_are_not_found(portal, people, marias, operation):
    name = next(n for n in MARIAS if f"{{{n}}}" in operation.path)
    path = operation.path.replace(f"{{{name}}}", marias[name])
    body = {
        k: v.replace("{portal}", portal.url) if isinstance(v, str) else v
        for k, v in BODIES.get(operation.order.method, {}).items()
    }
    answer = people["elena"].api(operation.method, path, json=body or None)
    assert answer.status_code == 404, answer.text
    assert answer.json()["code"] == "NotFound"


@pytest.mark.parametrize("operation", NAMING_A_PATIENT, ids=called)
def test_a_patient_who_names_another_patient_finds_nothing(people, operation):
    other = str(uuid4())
    path = filled(operation.path.replace("{patient_id}", other))
    if operation.method == "GET":
        answer = people["elena"].api("GET", path, params={"patient_id": other})
    else:
        answer = people["elena"].api(operation.method, path, json={"patient_id": other})
    assert answer.status_code in (400, 404), answer.text
    assert "items" not in answer.json()
