"""Requests: orders to one service, under one name."""

from dataclasses import fields
from typing import TypedDict, get_type_hints

import pytest

from portico_contracts import refusal
from portico_contracts.asyncapi.document import what
from portico_contracts.golden.forms import orders
from portico_contracts.refusal import Refusal
from portico_contracts.rpc import order_of, request

pytestmark = pytest.mark.usefixtures("own_contracts")

SERVICES = {"identity", "records", "messaging", "scheduling", "billing", "notifications"}
every_order = pytest.mark.parametrize("order", orders(), ids=lambda o: f"{o.service}.{o.method}")


class Told(TypedDict):
    done: bool


def test_a_request_knows_its_service_method_and_reply():
    @request("things", reply=Told, category="visits", action="write")
    class TakeThingAway:
        thing: str

    order = order_of(TakeThingAway)
    assert (order.service, order.method, order.reply) == ("things", "take_thing_away", Told)
    assert (order.category, order.action) == ("visits", "write")


def test_two_requests_of_one_service_cannot_share_a_name():
    request("things", reply=Told)(type("AskThing", (), {}))
    with pytest.raises(TypeError, match="two requests named AskThing"):
        request("things", reply=Told)(type("AskThing", (), {}))


def test_two_refusals_cannot_share_a_name():
    type("ThingRefused", (Refusal,), {"__module__": "one"})
    with pytest.raises(TypeError, match="ThingRefused is declared twice"):
        type("ThingRefused", (Refusal,), {"__module__": "another"})


def test_a_refusal_says_its_docstring_and_carries_facts():
    class ThingGone(Refusal):
        """The thing is gone; facts: ``since``."""

    told = ThingGone(since=3)
    assert (told.code, str(told), told.facts) == (
        "ThingGone",
        "The thing is gone; facts: ``since``.",
        {"since": 3},
    )


@every_order
def test_every_request_goes_to_a_service_that_exists(order):
    assert order.service in SERVICES


@every_order
def test_every_request_says_what_it_is_for(order):
    assert what(order.request)


@every_order
def test_what_changes_a_patients_record_says_which_part(order):
    asks_for_patient = "patient_id" in {f.name for f in fields(order.request)}
    assert order.category or not (asks_for_patient and order.action == "write")


@every_order
def test_every_text_of_a_request_is_bounded(order):
    hints = get_type_hints(order.request)
    for field in fields(order.request):
        if hints[field.name] in (str, str | None) and field.name != "cursor":
            assert "longest" in field.metadata, field.name


def test_every_refusal_has_a_status_that_says_no():
    for name, kind in refusal.REGISTRY.items():
        assert 400 <= kind.status <= 599, name
        assert kind.__doc__, name
