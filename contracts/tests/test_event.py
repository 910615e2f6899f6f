"""Events say of each field what kind it is, and carry nothing that does not belong there."""

from dataclasses import FrozenInstanceError
from typing import Annotated
from uuid import UUID

import pytest

from portico_contracts.event import REGISTRY, event, field_kinds, promise_of
from portico_contracts.fields import CONTACT, KINDS, PLAIN, SEALED, Contact, Plain
from portico_contracts.golden.forms import promises
from portico_contracts.golden.samples import sample

pytestmark = pytest.mark.usefixtures("own_contracts")

SERVICES = {"identity", "records", "messaging", "scheduling", "billing", "notifications"}
every_event = pytest.mark.parametrize("promise", promises(), ids=lambda p: p.routing_key)


def declare(name="ThingTold", heard_by=("others",), aggregate="thing_id", **hints):
    namespace = {"__annotations__": {"thing_id": Plain[UUID], **hints}, "__module__": __name__}
    return event("things", aggregate=aggregate, heard_by=heard_by)(type(name, (), namespace))


def test_a_field_that_does_not_say_its_kind_is_refused():
    with pytest.raises(TypeError, match=r"ThingTold\.note must be Plain, Contact or Sealed"):
        declare(note=str)


def test_clinical_text_has_no_kind_and_is_refused():
    with pytest.raises(TypeError, match=r"ThingTold\.finding must be"):
        declare(finding=Annotated[str, "clinical"])


def test_contact_data_are_refused_everywhere_but_in_contact_details_changed():
    with pytest.raises(TypeError, match=r"ThingTold\.email: contact data travel in"):
        declare(email=Contact[str])
    REGISTRY.pop("ContactDetailsChanged.v1")
    assert (
        field_kinds(declare(name="ContactDetailsChanged", email=Contact[str]))["email"] == CONTACT
    )


def test_an_event_that_nobody_hears_is_refused():
    with pytest.raises(TypeError, match="heard by nobody"):
        declare(heard_by=())


def test_an_event_is_about_one_of_its_fields():
    with pytest.raises(TypeError, match="has no field other_id"):
        declare(aggregate="other_id")


def test_two_events_cannot_share_a_name():
    declare()
    elsewhere = {"__annotations__": {"thing_id": Plain[UUID]}, "__module__": "another"}
    with pytest.raises(TypeError, match=r"ThingTold\.v1 is declared twice"):
        event("things", aggregate="thing_id", heard_by=("others",))(
            type("ThingTold", (), elsewhere)
        )


def test_a_refused_event_is_not_registered():
    with pytest.raises(TypeError):
        declare(note=str)
    assert "ThingTold.v1" not in REGISTRY


def test_an_event_cannot_be_changed():
    told = sample(declare())
    with pytest.raises(FrozenInstanceError):
        told.thing_id = None


def test_a_class_that_is_no_event_has_no_promise():
    with pytest.raises(KeyError):
        promise_of(str)


@every_event
def test_every_field_of_every_event_says_its_kind(promise):
    assert set(field_kinds(promise.event).values()) <= KINDS


@every_event
def test_only_contact_details_carry_contact_data(promise):
    kinds = set(field_kinds(promise.event).values())
    assert (CONTACT in kinds) == (promise.name == "ContactDetailsChanged")


@every_event
def test_sealed_fields_say_so_in_their_names(promise):
    for name, kind in field_kinds(promise.event).items():
        assert (kind == SEALED) == name.startswith("sealed_"), name


@every_event
def test_the_aggregate_is_an_id(promise):
    assert promise.aggregate.endswith("_id")
    assert field_kinds(promise.event)[promise.aggregate] == PLAIN


@every_event
def test_producers_and_listeners_exist_and_nobody_hears_himself(promise):
    assert promise.producer in SERVICES
    assert set(promise.heard_by) <= (SERVICES - {promise.producer}) | {"gateway"}


@every_event
def test_every_event_says_what_it_is(promise):
    assert promise.event.__doc__
    assert not promise.event.__doc__.startswith(f"{promise.name}(")


# Words that would say what is the matter with somebody, or what somebody wrote.
TOO_MUCH = {"text", "body", "note", "reason", "comment", "diagnosis", "result", "value", "subject"}
CODES = {("PaymentFailed", "reason")}


@every_event
def test_no_event_has_room_for_what_somebody_wrote(promise):
    for name in field_kinds(promise.event):
        assert name not in TOO_MUCH or (promise.name, name) in CODES, name
