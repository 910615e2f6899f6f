"""The written documents say what the code says."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from portico_contracts.asyncapi.__main__ import CONTRACTS, DOCUMENT, PAGE, documents
from portico_contracts.asyncapi.document import document
from portico_contracts.golden.forms import orders, promises

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "asyncapi-3.0.0.json").read_text())


@pytest.fixture(scope="module")
def written() -> dict:
    return yaml.load(DOCUMENT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("path", [DOCUMENT, PAGE], ids=lambda p: p.name)
def test_the_written_document_is_fresh(path):
    fresh = path.read_text(encoding="utf-8") == documents()[path]
    assert fresh, f"{path.relative_to(CONTRACTS.parent)}: run python -m portico_contracts.asyncapi"


def test_the_document_is_asyncapi(written):
    problems = jsonschema.Draft7Validator(SCHEMA).iter_errors(written)
    assert [str(jsonschema.exceptions.best_match([p])) for p in problems] == []


def test_a_wrong_document_is_not_asyncapi(written):
    wrong = {**written, "operations": {"x": {"action": "shout"}}}
    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(wrong)


def test_every_reference_leads_somewhere(written):
    for reference in _references(written):
        there = written
        for step in reference.removeprefix("#/").split("/"):
            there = there[step]


def test_every_event_and_request_has_its_operations(written):
    operations = written["operations"]
    for promise in promises():
        assert f"{promise.producer}.announces.{promise.routing_key}" in operations
        for listener in promise.heard_by:
            assert f"{listener}.hears.{promise.routing_key}" in operations
    for order in orders():
        assert "reply" in operations[f"{order.service}.answers.{order.method}"]


def test_the_document_does_not_depend_on_the_order_of_imports():
    assert [p.producer for p in promises()] == sorted(p.producer for p in promises())
    assert json.dumps(document(version="1")) == json.dumps(document(version="1"))


def test_the_page_names_every_event_and_request():
    page = PAGE.read_text(encoding="utf-8")
    for promise in promises():
        assert f"#### {promise.routing_key}\n" in page
    for order in orders():
        assert f"| `{order.method}` |" in page


def _references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    if isinstance(node, list):
        for value in node:
            yield from _references(value)
