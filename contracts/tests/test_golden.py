"""Old and new processes run side by side, so each must understand what the other writes."""

import copy
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from portico_contracts.event import promise_of
from portico_contracts.golden.files import FOLDER, goldens, read
from portico_contracts.golden.forms import orders, promises
from portico_contracts.golden.samples import sample, sample_reply, sample_request
from portico_contracts.schema import dump, load
from portico_contracts.wire import decode, encode

EVENTS = {p.routing_key: p for p in promises()}
ORDERS = {f"{o.service}.{o.method}": o for o in orders()}
GOLDENS = {g.name: g for g in goldens()}
ADVICE = "run python -m portico_contracts.golden"

every_event = pytest.mark.parametrize("key", EVENTS)
every_order = pytest.mark.parametrize("key", ORDERS)


@pytest.mark.parametrize("name", GOLDENS)
def test_what_is_promised_is_kept(name):
    golden = GOLDENS[name]
    assert golden.schema_file(FOLDER).exists(), ADVICE
    assert golden.problems(FOLDER) == []
    assert read(golden.schema_file(FOLDER)) == golden.schema, ADVICE


def test_nothing_is_kept_that_is_not_promised():
    kept = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.json")}
    promised = {f"{name}{end}" for name in GOLDENS for end in (".json", ".schema.json")}
    assert kept == promised, "an event or request was taken away: is nobody running it any more?"


@every_event
def test_an_old_producer_is_understood_by_todays_consumers(key):
    stored = read(FOLDER / f"{key}.json")
    envelope = decode(json.dumps(stored).encode())
    assert promise_of(type(envelope.event)) is EVENTS[key]
    # Every field that was sent then has kept its meaning.
    assert dump(envelope.event).items() >= stored["data"].items()


@every_event
def test_todays_producer_is_understood_by_old_consumers(key):
    event = sample(EVENTS[key].event)
    moment = datetime(2031, 1, 2, tzinfo=UTC)
    body = encode(event, event_id=UUID(int=7), sequence=3, occurred_at=moment)
    assert _errors(_tolerant(read(FOLDER / f"{key}.schema.json")), json.loads(body)) == []


@every_event
def test_a_consumer_ignores_fields_that_it_does_not_know(key):
    stored = read(FOLDER / f"{key}.json")
    stored["data"]["added_next_year"] = {"more": [1, 2]}
    stored["trace"] = "added to the envelope"
    assert type(decode(json.dumps(stored).encode()).event) is EVENTS[key].event


@every_order
def test_an_old_caller_is_understood_by_todays_service(key):
    stored = read(FOLDER / "rpc" / f"{key}.json")["request"]
    request = load(ORDERS[key].request, stored)
    assert dump(request).items() >= stored.items()


@every_order
def test_todays_messages_fit_the_stored_forms(key):
    stored = read(FOLDER / "rpc" / f"{key}.schema.json")
    assert _errors(_tolerant(stored["request"]), sample_request(ORDERS[key])) == []
    assert _errors(_tolerant(stored["reply"]), sample_reply(ORDERS[key])) == []


def _errors(schema, value):
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    return [error.message for error in checker.iter_errors(value)]


def _tolerant(schema):
    """The schema as its consumers read it: what they do not know, they ignore."""
    schema = copy.deepcopy(schema)
    for node in _nodes(schema):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
    return schema


def _nodes(node):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    if isinstance(node, list):
        for value in node:
            yield from _nodes(value)
