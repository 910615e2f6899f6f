"""What travels: every event there and back, and hostile bytes no further than the door."""

import json
from dataclasses import fields
from datetime import UTC, date, datetime
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portico_contracts.event import event
from portico_contracts.fields import Plain
from portico_contracts.golden.forms import promises
from portico_contracts.golden.samples import sample_message
from portico_contracts.wire import LARGEST_EVENT, NotUnderstood, decode, encode

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
BOOKED = next(p for p in promises() if p.name == "AppointmentBooked")
every_event = pytest.mark.parametrize("promise", promises(), ids=lambda p: p.routing_key)
quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

_PLAIN = {
    UUID: st.uuids(),
    str: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60),
    int: st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    datetime: st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    date: st.dates(date(1800, 1, 1), date(2300, 1, 1)),
}


def values(hint):
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return st.one_of(*(st.none() if i is type(None) else values(i) for i in get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=4).map(tuple)
    return _PLAIN[hint]


def facts(cls):
    hints = get_type_hints(cls)
    return st.builds(cls, **{f.name: values(hints[f.name]) for f in fields(cls)})


@every_event
@quick
@given(data=st.data())
def test_every_event_arrives_as_it_left(promise, data):
    event = data.draw(facts(promise.event))
    body = encode(event, event_id=UUID(int=5), sequence=2, occurred_at=NOON)
    envelope = decode(body)
    assert envelope.event == event
    assert envelope.aggregate_id == str(getattr(event, promise.aggregate))
    assert (envelope.name, envelope.version) == (promise.name, promise.version)
    assert (envelope.event_id, envelope.sequence) == (UUID(int=5), 2)
    assert (envelope.occurred_at, envelope.producer) == (NOON, promise.producer)


def test_what_is_not_an_event_cannot_be_written():
    with pytest.raises(KeyError):
        encode(object(), event_id=UUID(int=5), sequence=1, occurred_at=NOON)


def changed(**changes):
    return json.dumps({**sample_message(BOOKED), **changes}).encode()


def with_data(**changes):
    message = sample_message(BOOKED)
    message["data"] |= changes
    return json.dumps(message).encode()


def without(name):
    return json.dumps({k: v for k, v in sample_message(BOOKED).items() if k != name}).encode()


HOSTILE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half": changed()[:-20],
    "no UTF-8": b"\xff\xfe" + changed(),
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "deep": b"[" * 30_000,
    "deep objects": b'{"data":' * 7_000,
    "a huge number": b'{"version":' + b"9" * 6_000 + b"}",
    "unknown event": changed(name="NeverHeardOf"),
    "unknown version": changed(version=99),
    "version as text": changed(version="one"),
    "name as list": changed(name=["AppointmentBooked"]),
    "id is no id": changed(event_id="7"),
    "id is a number": changed(event_id=7),
    "id is null": changed(event_id=None),
    "sequence is text": changed(sequence="first"),
    "sequence is infinite": changed(sequence=float("inf")),
    "sequence is no number": changed(sequence=float("nan")),
    "sequence is a list": changed(sequence=[1]),
    "time is no time": changed(occurred_at="yesterday"),
    "time is a number": changed(occurred_at=5),
    "data are a list": changed(data=[]),
    "data are null": changed(data=None),
    "data are text": changed(data="x"),
    "no data": without("data"),
    "no id": without("event_id"),
    "field is null": with_data(patient_id=None),
    "field is another type": with_data(starts_at=5),
    "field is an object": with_data(provider_name={"a": 1}),
    "word is unknown": with_data(mode="by pigeon"),
    "local time": with_data(starts_at="2026-03-02T17:00:00"),
    "NUL in text": with_data(provider_name="a\x00b"),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_not_understood(body):
    with pytest.raises(NotUnderstood):
        decode(body)


def test_what_is_too_large_is_not_even_read():
    with pytest.raises(NotUnderstood, match="too large"):
        decode(b"[" * (LARGEST_EVENT + 1))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_cleanly(body):
    with pytest.raises(NotUnderstood):
        decode(body)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(sorted(sample_message(BOOKED))),
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_any_value_in_any_place_is_read_or_refused_cleanly(name, value):
    body = changed(**{name: value})
    try:
        assert decode(body).name == "AppointmentBooked"
    except NotUnderstood:
        return


def test_the_reason_names_fields_and_never_what_they_hold():
    with pytest.raises(NotUnderstood) as problem:
        decode(with_data(patient_id="Maria Reyes", starts_at="Elena"))
    assert str(problem.value) == "fields: patient_id, starts_at"


def test_the_reason_does_not_repeat_a_name_from_outside():
    with pytest.raises(NotUnderstood) as problem:
        decode(changed(name="Maria Reyes, 4 March 1968"))
    assert "Maria" not in str(problem.value)


@pytest.mark.usefixtures("own_contracts")
def test_two_versions_of_an_event_live_side_by_side():
    old = _thing(version=1, seen=Plain[int])
    new = _thing(version=2, seen=Plain[datetime])
    for cls, seen in ((old, 5), (new, NOON)):
        told = cls(thing_id=UUID(int=1), seen=seen)
        body = encode(told, event_id=UUID(int=5), sequence=1, occurred_at=NOON)
        assert decode(body).event == told


def _thing(*, version, **hints):
    namespace = {"__annotations__": {"thing_id": Plain[UUID], **hints}, "__module__": __name__}
    declare = event("things", aggregate="thing_id", heard_by=("others",), version=version)
    return declare(type("ThingTold", (), namespace))
