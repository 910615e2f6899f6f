"""One walk over type hints: what is refused, and what comes back as it went."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from marshmallow import ValidationError

from portico_contracts.golden.forms import orders, promises
from portico_contracts.golden.samples import sample
from portico_contracts.rpc import between, text
from portico_contracts.schema import dump, json_schema_of, load, schema_of


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str = text(longest=5, shortest=1)


@dataclass(frozen=True, kw_only=True)
class Whole:
    id: UUID
    day: date
    at: datetime
    amount: Decimal
    sure: bool
    mode: Literal["near", "far"]
    count: int = between(1, 9)
    parts: tuple[Part, ...]
    names: dict[str, int]
    more: str | None = field(default=None)


WHOLE: dict[str, Any] = {
    "id": "0198c1f2-0000-7000-8000-000000000001",
    "day": "2026-03-02",
    "at": "2026-03-02T17:00:00+00:00",
    "amount": "12.50",
    "sure": True,
    "mode": "near",
    "count": 3,
    "parts": [{"name": "one"}],
    "names": {"a": 1},
}


def test_wire_data_become_an_instance_with_real_types():
    whole = load(Whole, WHOLE)
    assert whole.at == datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert whole.amount == Decimal("12.50")
    assert whole.parts == (Part(name="one"),)
    assert whole.more is None


def test_an_instance_becomes_the_wire_data_again():
    assert dump(load(Whole, WHOLE)) == {**WHOLE, "more": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "not-an-id"},
        {"id": None},
        {"day": "2026-02-30"},
        {"day": "9999-12-31"},
        {"at": "2026-03-02T17:00:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"amount": "NaN"},
        {"sure": "perhaps"},
        {"mode": "elsewhere"},
        {"mode": ["near"]},
        {"count": 0},
        {"count": 10},
        {"count": "3.5"},
        {"count": True},
        {"parts": [{"name": ""}]},
        {"parts": [{"name": "too long"}]},
        {"parts": [{"name": "one", "more": 1}]},
        {"parts": "one"},
        {"parts": [{"name": "one"}] * 1001},
        {"names": {"a": "many"}},
        {"more": "a\x00b"},
        {"more": 5},
        {"unknown": 1},
    ],
    ids=str,
)
def test_wrong_data_are_refused_by_field(wrong):
    with pytest.raises(ValidationError) as problem:
        load(Whole, {**WHOLE, **wrong})
    assert set(problem.value.messages_dict) == set(wrong)


@pytest.mark.parametrize("missing", WHOLE)
def test_what_has_no_default_is_required(missing):
    with pytest.raises(ValidationError) as problem:
        load(Whole, {name: value for name, value in WHOLE.items() if name != missing})
    assert set(problem.value.messages_dict) == {missing}


@pytest.mark.parametrize("hostile", [None, [], "text", 5, [WHOLE], True], ids=repr)
def test_what_is_no_object_is_refused(hostile):
    with pytest.raises(ValidationError):
        load(Whole, hostile)


def test_a_text_without_a_limit_of_its_own_still_has_one():
    with pytest.raises(ValidationError):
        load(Whole, {**WHOLE, "more": "x" * 100_001})


def test_a_type_that_the_wire_does_not_know_is_refused_when_declared():
    @dataclass(frozen=True)
    class Odd:
        what: complex

    with pytest.raises(TypeError):
        schema_of(Odd)


class Answer(TypedDict):
    name: str
    note: NotRequired[str]


def test_a_typed_dict_loads_to_a_dict_and_knows_what_may_be_left_out():
    assert load(Answer, {"name": "one"}) == {"name": "one"}
    assert json_schema_of(Answer)["required"] == ["name"]


def test_the_json_schema_agrees_with_the_marshmallow_schema():
    schema = json_schema_of(Whole)
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    assert checker.is_valid(WHOLE)
    assert not checker.is_valid({**WHOLE, "count": 0})
    assert not checker.is_valid({**WHOLE, "unknown": 1})
    assert not checker.is_valid({**WHOLE, "parts": [{"name": "too long"}]})
    assert "more" not in schema["required"]


CONTRACTS = [p.event for p in promises()] + [o.request for o in orders()]


@pytest.mark.parametrize("cls", CONTRACTS, ids=lambda c: c.__name__)
def test_every_contract_has_a_schema_and_takes_its_own_sample(cls):
    made = sample(cls)
    assert load(cls, dump(made)) == made
    Draft202012Validator.check_schema(json_schema_of(cls))
